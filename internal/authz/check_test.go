package authz_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

const yes, no = `{"allowed":true}`, `{"allowed":false}`

func TestAnswersArePairedByTheirIDsInWhateverOrderTheyCome(t *testing.T) {
	store, _ := newScripted(t, func(c call) reply {
		checks := parseBatch(t, c).Checks
		return answers(checks[2].ID, yes, checks[0].ID, no, checks[1].ID, yes)
	})
	verdicts, err := store.BatchCheck(t.Context(), checksOf(3), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []authz.Verdict{{}, {Allowed: true}, {Allowed: true}}; !slices.Equal(verdicts, want) {
		t.Errorf("got %v, want %v", verdicts, want)
	}
}

func TestACheckWhoseAnswerIsMissingOrBrokenIsDeniedAloneAndSaysWhy(t *testing.T) {
	broken := map[string]string{
		"an error":                 `{"error":{"input_error":"validation_error","message":"relation 'x' not found"}}`,
		"an error beside allowed":  `{"allowed":true,"error":{"internal_error":"internal_error","message":"boom"}}`,
		"an error of another form": `{"error":"boom"}`,
		"nothing":                  `{}`,
		"allowed null":             `{"allowed":null}`,
		"allowed as a word":        `{"allowed":"true"}`,
		"allowed as a number":      `{"allowed":1}`,
		"Allowed":                  `{"Allowed":true}`,
		"allowed deeper down":      `{"result":{"allowed":true}}`,
	}
	for name, answer := range broken {
		t.Run(name, func(t *testing.T) {
			store, _ := newScripted(t, func(c call) reply {
				checks := parseBatch(t, c).Checks
				return answers(checks[0].ID, yes, checks[1].ID, answer)
			})
			verdicts, err := store.BatchCheck(t.Context(), checksOf(3), nil) // the third gets no answer at all
			if err != nil {
				t.Fatal(err)
			}
			if !verdicts[0].Allowed || verdicts[0].Err != nil {
				t.Errorf("the check that was answered got %v", verdicts[0])
			}
			for _, verdict := range verdicts[1:] {
				mustBeUnanswered(t, verdict)
			}
		})
	}
}

// TestAnAnswerThatDoesNotFitItsQuestionDeniesTheWholeLot holds what no server
// should ever do, and what a proxy or a confused connection may.
func TestAnAnswerThatDoesNotFitItsQuestionDeniesTheWholeLot(t *testing.T) {
	faults := map[string]func(ids []string) reply{
		"an id that was not asked":    func(ids []string) reply { return answers(ids[0], yes, ids[1], yes, "z-99", yes) },
		"an id twice, both yes":       func(ids []string) reply { return answers(ids[0], yes, ids[0], yes, ids[1], yes) },
		"an id twice, no and yes":     func(ids []string) reply { return answers(ids[0], no, ids[0], yes, ids[1], yes) },
		"an id twice, in two results": func(ids []string) reply { return doubled(ids) },
		"an id in other digits":       func(ids []string) reply { return answers(strings.Replace(ids[0], "-", "-0", 1), yes, ids[1], yes) },
		"the ids of another call":     func([]string) reply { return answers("zz-0", yes, "zz-1", yes) },
		"bare numbers as ids":         func([]string) reply { return answers("0", yes, "1", yes) },
		"allowed twice":               func(ids []string) reply { return answers(ids[0], `{"allowed":false,"allowed":true}`, ids[1], yes) },
		"an empty id":                 func(ids []string) reply { return answers("", yes, ids[0], yes, ids[1], yes) },
		"an index beyond the lot":     func(ids []string) reply { return answers(strings.Split(ids[0], "-")[0]+"-2", yes) },
		"a negative index":            func(ids []string) reply { return answers(strings.Split(ids[0], "-")[0]+"--1", yes) },
		"no ids, just allowed":        func([]string) reply { return reply{body: `{"allowed":true}`} },
		"a list":                      func([]string) reply { return reply{body: `{"result":[{"allowed":true},{"allowed":true}]}`} },
		"true instead of an object":   func(ids []string) reply { return answers(ids[0], `true`, ids[1], yes) },
		"no result":                   func([]string) reply { return reply{body: `{}`} },
		"result null":                 func([]string) reply { return reply{body: `{"result":null}`} },
		"cut off":                     func(ids []string) reply { return reply{body: `{"result":{"` + ids[0] + `":{"allowed":true},`} },
		"cut off after the last answer": func(ids []string) reply {
			return reply{body: answers(ids[0], yes, ids[1], yes).body[:len(answers(ids[0], yes, ids[1], yes).body)-1]}
		},
		"more after the end": func(ids []string) reply { return reply{body: answers(ids[0], yes, ids[1], yes).body + `{}`} },
		"an empty body":      func([]string) reply { return reply{} },
		"null":               func([]string) reply { return reply{body: "null"} },
		"garbage":            func([]string) reply { return reply{body: "\x00\xff{{{"} },
		"a page of a proxy": func([]string) reply {
			return reply{body: "<html>ok</html>", header: http.Header{"Content-Type": {"text/html"}}}
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			store, _ := newScripted(t, func(c call) reply {
				var ids []string
				for _, check := range parseBatch(t, c).Checks {
					ids = append(ids, check.ID)
				}
				return fault(ids)
			})
			verdicts, err := store.BatchCheck(t.Context(), checksOf(2), nil)
			allUnanswered(t, verdicts, err, 2)
		})
	}
}

func doubled(ids []string) reply {
	one := strings.TrimSuffix(answers(ids[0], no, ids[1], no).body, "}")
	return reply{body: one + `,"result":{"` + ids[0] + `":` + yes + `}}`}
}

func TestAnAnswerToAnEarlierCallAnswersNothing(t *testing.T) {
	var first reply
	store, _ := newScripted(t, func(c call) reply {
		if c.n == 0 {
			first = allowing(t, c)
		}
		return first // a connection that is one answer behind
	})
	if verdicts, err := store.BatchCheck(t.Context(), checksOf(2), nil); err != nil || !verdicts[0].Allowed {
		t.Fatalf("the first call got %v, %v", verdicts, err)
	}
	verdicts, err := store.BatchCheck(t.Context(), checksOf(2), nil)
	allUnanswered(t, verdicts, err, 2)
}

func TestLotsThatGetEachOthersAnswersAreDenied(t *testing.T) {
	bodies := make([]chan reply, 2)
	for i := range bodies {
		bodies[i] = make(chan reply, 1)
	}
	store, _ := newScriptedWith(t, authz.Config{Retries: -1, MaxChecksPerBatch: 2}, func(c call) reply {
		bodies[c.n] <- allowing(t, c)
		return <-bodies[1-c.n]
	})
	verdicts, err := store.BatchCheck(t.Context(), checksOf(4), nil)
	allUnanswered(t, verdicts, err, 4)
}

func TestALotThatFailsLeavesTheOthersAlone(t *testing.T) {
	store, _ := newScriptedWith(t, authz.Config{Retries: -1, MaxChecksPerBatch: 10}, func(c call) reply {
		if slices.ContainsFunc([]string{"PAY-10\"", "PAY-29\""}, func(s string) bool { return strings.Contains(string(c.body), s) }) {
			return reply{status: 500, body: `{"code":"internal_error","message":"Internal Server Error"}`}
		}
		return allowing(t, c)
	})
	verdicts, err := store.BatchCheck(t.Context(), checksOf(35), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, verdict := range verdicts {
		if i >= 10 && i < 30 {
			mustBeUnanswered(t, verdict)
		} else if !verdict.Allowed || verdict.Err != nil {
			t.Errorf("check %d, whose lot was answered, got %v", i, verdict)
		}
	}
}

// TestNoFailureOfAServerIsEverAnAnswer covers every way a call can fail as a
// whole. What OpenFGA calls "not found" or "invalid" of a check is never the
// caller's: both would turn into a 404 or 400 of a search.
func TestNoFailureOfAServerIsEverAnAnswer(t *testing.T) {
	failures := map[string]reply{
		"500":                      {status: 500, body: `{"code":"internal_error","message":"Internal Server Error"}`},
		"503 of a proxy":           {status: 503, body: "<html>no upstream</html>", header: http.Header{"Content-Type": {"text/html"}}},
		"429":                      {status: 429, body: `{"code":"rate_limit_exceeded","message":"Rate limit exceeded"}`},
		"422":                      {status: 422, body: `{"code":"throttled_timeout_error","message":"timeout due to throttling"}`},
		"401":                      {status: 401, body: `{"code":"bearer_token_missing","message":"missing bearer token"}`},
		"403":                      {status: 403, body: `{"code":"forbidden","message":"forbidden"}`},
		"404 of the store":         {status: 404, body: `{"code":"store_id_not_found","message":"Store ID not found"}`},
		"404 of another server":    {status: 404, body: "page not found"},
		"400 of the model":         {status: 400, body: `{"code":"authorization_model_not_found","message":"Authorization Model '01' not found"}`},
		"400":                      {status: 400, body: `{"code":"validation_error","message":"batchCheck received 51 checks"}`},
		"409":                      {status: 409, body: `{"code":"Aborted","message":"conflict"}`},
		"302":                      {status: 302, header: http.Header{"Location": {"http://elsewhere.invalid/"}}},
		"204":                      {status: 204},
		"a connection that breaks": {err: errors.New("read: connection reset by peer")},
	}
	for name, failure := range failures {
		t.Run(name, func(t *testing.T) {
			store, server := newScripted(t, func(call) reply { return failure })
			verdicts, err := store.BatchCheck(t.Context(), checksOf(2), nil)
			allUnanswered(t, verdicts, err, 2)
			if server.count() != 1 {
				t.Errorf("%d requests were sent, want 1", server.count())
			}
		})
	}
}

func TestAServerThatHangsIsUnavailableWhenTheTimeIsUp(t *testing.T) {
	hang := func(c call) reply {
		<-c.request.Context().Done()
		return reply{err: c.request.Context().Err()}
	}
	t.Run("the client's own", func(t *testing.T) {
		store, _ := newScriptedWith(t, authz.Config{Timeout: time.Millisecond}, hang)
		verdicts, err := store.BatchCheck(t.Context(), checksOf(2), nil)
		allUnanswered(t, verdicts, err, 2)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not say that time was up", err)
		}
	})
	t.Run("the caller's", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		store, _ := newScripted(t, func(c call) reply { cancel(); return hang(c) })
		verdicts, err := store.BatchCheck(ctx, checksOf(2), nil)
		allUnanswered(t, verdicts, err, 2)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not say that the caller gave up", err)
		}
	})
}

func TestAMalformedCheckIsDeniedAndNotSentWithTheOthers(t *testing.T) {
	store, server := newScripted(t, func(c call) reply { return allowing(t, c) })
	checks := checksOf(6)
	checks[0].Object = ""
	checks[1].Subject = ""
	checks[2].Relation = ""
	checks[3].Object = "ticket:a b"
	checks[4].Object = eyeshot.Object("ticket:" + strings.Repeat("x", 300))
	verdicts, err := store.BatchCheck(t.Context(), checks, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, verdict := range verdicts[:5] {
		mustBeUnanswered(t, verdict)
	}
	if !verdicts[5].Allowed {
		t.Error("a good check was denied for the others' sake")
	}
	if sent := parseBatch(t, server.calls[0]).Checks; len(sent) != 1 || sent[0].Key.Object != "ticket:jira/PAY-5" {
		t.Errorf("sent %v, want the good check alone", sent)
	}
	if verdicts, err := store.BatchCheck(t.Context(), checks[:5], nil); err != nil || verdicts[0].Allowed || server.count() != 1 {
		t.Errorf("five malformed checks got %v, %v and %d requests", verdicts, err, server.count()-1)
	}
}

func TestAStoreWithoutAnIDAsksNothing(t *testing.T) {
	store, server := newScripted(t, func(c call) reply { return allowing(t, c) })
	_ = store
	client, err := authz.NewClient(authz.Config{Transport: server})
	if err != nil {
		t.Fatal(err)
	}
	verdicts, err := client.Store("", "").BatchCheck(t.Context(), checksOf(1), nil)
	allUnanswered(t, verdicts, err, 1)
	if server.count() != 0 {
		t.Error("a request was sent all the same")
	}
}

func TestABatchSaysWhatItAsksAndAsksPastAllCaches(t *testing.T) {
	store, server := newScripted(t, func(c call) reply { return allowing(t, c) })
	checks := []authz.Check{
		{Subject: "user:alice", Relation: "can_read", Object: "ticket:jira/PAY-1"},
		{Subject: `user:"quoted"\<é>`, Relation: "can_read", Object: "document:wiki/Übersicht"},
		{Subject: "group:eng#member", Relation: "delegated_read", Object: "project:a/PAY"},
	}
	if _, err := store.BatchCheck(t.Context(), checks, authz.CheckContext{"current_time": "2026-01-02T15:04:05Z"}); err != nil {
		t.Fatal(err)
	}
	if path := server.calls[0].path; path != "/stores/"+storeID+"/batch-check" {
		t.Errorf("asked at %s", path)
	}
	batch := parseBatch(t, server.calls[0])
	if batch.Consistency != "HIGHER_CONSISTENCY" || batch.Model != modelID {
		t.Errorf("asked at consistency %q of model %q", batch.Consistency, batch.Model)
	}
	for i, sent := range batch.Checks {
		if sent.Key.User != string(checks[i].Subject) || sent.Key.Relation != checks[i].Relation || sent.Key.Object != string(checks[i].Object) {
			t.Errorf("check %d was sent as %v", i, sent)
		}
		if sent.Context["current_time"] != "2026-01-02T15:04:05Z" {
			t.Errorf("check %d was sent with context %v", i, sent.Context)
		}
		if len(sent.ID) == 0 || len(sent.ID) > 36 {
			t.Errorf("check %d has the id %q, which OpenFGA does not take", i, sent.ID)
		}
	}
}

func TestChecksAreSentInLotsSideBySideAndNoMoreThanAllowed(t *testing.T) {
	const parallel = 3
	arrived, release := make(chan int, 100), make(chan struct{})
	store, server := newScriptedWith(t, authz.Config{Retries: -1, ParallelBatches: parallel}, func(c call) reply {
		arrived <- c.n
		<-release
		return allowing(t, c)
	})
	done := make(chan error, 1)
	go func() {
		verdicts, err := store.BatchCheck(context.Background(), checksOf(410), nil)
		for i, verdict := range verdicts {
			if !verdict.Allowed {
				err = errors.Join(err, fmt.Errorf("check %d was denied", i))
			}
		}
		done <- err
	}()
	for range parallel {
		<-arrived // these are under way at the same time, or the test hangs
	}
	if server.count() != parallel {
		t.Errorf("%d requests are under way, at most %d are allowed", server.count(), parallel)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	sizes := map[int]int{}
	for _, c := range server.calls {
		sizes[len(parseBatch(t, c).Checks)]++
	}
	if sizes[50] != 8 || sizes[10] != 1 || len(sizes) != 2 {
		t.Errorf("lots of %v, want eight of 50 and one of 10", sizes)
	}
}

func allUnanswered(t *testing.T, verdicts []authz.Verdict, err error, asked int) {
	t.Helper()
	if err == nil {
		if len(verdicts) != asked {
			t.Fatalf("%d verdicts for %d checks", len(verdicts), asked)
		}
		for _, verdict := range verdicts {
			mustBeUnanswered(t, verdict)
		}
		return
	}
	mustBeUnanswered(t, authz.Verdict{Err: err})
	if verdicts != nil {
		t.Errorf("a call that failed gave verdicts: %v", verdicts)
	}
}

func mustBeUnanswered(t *testing.T, verdict authz.Verdict) {
	t.Helper()
	if verdict.Allowed {
		t.Error("allowed")
	}
	if !errors.Is(verdict.Err, eyeshot.ErrUnavailable) {
		t.Errorf("its error is %v, which is not an ErrUnavailable", verdict.Err)
	}
	for _, other := range []error{eyeshot.ErrNotFound, eyeshot.ErrInvalid, eyeshot.ErrUnauthenticated, eyeshot.ErrForbidden, eyeshot.ErrConflict} {
		if errors.Is(verdict.Err, other) {
			t.Errorf("its error %v passes for %v", verdict.Err, other)
		}
	}
}
