package model_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

// runner runs store tests against a real OpenFGA server.
type runner struct {
	client *authz.Client
	http   *http.Client
}

func newRunner(t *testing.T) runner {
	t.Helper()
	transport := authztest.Transport(t)
	client, err := authz.NewClient(authz.Config{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return runner{client: client, http: &http.Client{Transport: transport}}
}

// prepare makes a store with the model and the relationships of a test.
func (r runner) prepare(ctx context.Context, modelJSON []byte, tuples []tupleYAML, test storeTest) (*authz.Store, error) {
	id, err := r.client.CreateStore(ctx, "store-test")
	if err != nil {
		return nil, err
	}
	modelID, err := r.client.Store(id, "").WriteModel(ctx, modelJSON)
	if err != nil {
		return nil, err
	}
	store := r.client.Store(id, modelID)
	return store, store.Write(ctx, relationships(append(slices.Clone(tuples), test.Tuples...)), nil)
}

// run gives one line for each assertion that does not hold in the store. Its
// error means that the test could not be run at all.
func (r runner) run(ctx context.Context, store *authz.Store, test storeTest) ([]string, error) {
	var failures []string
	for _, check := range test.Check {
		failed, err := runCheck(ctx, store, check)
		if err != nil {
			return nil, err
		}
		failures = append(failures, failed...)
	}
	for _, list := range test.ListObjects {
		failed, err := r.runListObjects(ctx, store, list)
		if err != nil {
			return nil, err
		}
		failures = append(failures, failed...)
	}
	for _, list := range test.ListUsers {
		failed, err := r.runListUsers(ctx, store, list)
		if err != nil {
			return nil, err
		}
		failures = append(failures, failed...)
	}
	return failures, nil
}

func runCheck(ctx context.Context, store *authz.Store, check checkYAML) ([]string, error) {
	var checks []authz.Check
	var wanted []bool
	for _, user := range check.users() {
		for _, object := range check.objects() {
			for relation, want := range check.Assertions {
				checks = append(checks, authz.Check{Subject: eyeshot.Subject(user), Relation: relation, Object: eyeshot.Object(object)})
				wanted = append(wanted, want)
			}
		}
	}
	verdicts, err := store.BatchCheck(ctx, checks, check.Context)
	if err != nil {
		return nil, err
	}
	var failures []string
	for i, verdict := range verdicts {
		if verdict.Err != nil || verdict.Allowed != wanted[i] {
			failures = append(failures, fmt.Sprintf("%s %s %s: want %v, got %v %v",
				checks[i].Subject, checks[i].Relation, checks[i].Object, wanted[i], verdict.Allowed, errText(verdict.Err)))
		}
	}
	return failures, nil
}

func (r runner) runListObjects(ctx context.Context, store *authz.Store, list listObjectsYAML) ([]string, error) {
	var failures []string
	for relation, want := range list.Assertions {
		var answer struct {
			Objects []string `json:"objects"`
		}
		body := map[string]any{"user": list.User, "relation": relation, "type": list.Type}
		if err := r.post(ctx, store, "list-objects", body, list.Context, &answer); err != nil {
			return nil, err
		}
		if !sameSet(answer.Objects, want) {
			failures = append(failures, fmt.Sprintf("list_objects %s %s %s: want %v, got %v", list.User, relation, list.Type, want, answer.Objects))
		}
	}
	return failures, nil
}

func (r runner) runListUsers(ctx context.Context, store *authz.Store, list listUsersYAML) ([]string, error) {
	var failures []string
	object := eyeshot.Object(list.Object)
	for relation, want := range list.Assertions {
		var answer struct {
			Users []struct {
				Object struct{ Type, ID string } `json:"object"`
			} `json:"users"`
		}
		body := map[string]any{
			"object":       map[string]string{"type": object.Type(), "id": object.ID()},
			"relation":     relation,
			"user_filters": list.UserFilter,
		}
		if err := r.post(ctx, store, "list-users", body, list.Context, &answer); err != nil {
			return nil, err
		}
		got := make([]string, len(answer.Users))
		for i, user := range answer.Users {
			got[i] = user.Object.Type + ":" + user.Object.ID
		}
		if !sameSet(got, want.Users) {
			failures = append(failures, fmt.Sprintf("list_users %s %s: want %v, got %v", list.Object, relation, want.Users, got))
		}
	}
	return failures, nil
}

// post asks what the client has no method for.
func (r runner) post(ctx context.Context, store *authz.Store, call string, body map[string]any, conditions map[string]any, answer any) error {
	body["authorization_model_id"] = store.ModelID()
	if len(conditions) > 0 {
		body["context"] = conditions
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	url := "http://openfga.invalid/stores/" + store.ID() + "/" + call
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := r.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", call, response.Status, content)
	}
	return json.Unmarshal(content, answer)
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return "(" + err.Error() + ")"
}
