package authz_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// echo allows every check without reading more of a request than the ids, so
// that what a benchmark measures is the client.
type echo struct{}

func (echo) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	answer := make([]byte, 0, len(body))
	answer = append(answer, `{"result":{`...)
	const mark = `"correlation_id":"`
	for first := true; ; first = false {
		at := bytes.Index(body, []byte(mark))
		if at < 0 {
			break
		}
		body = body[at+len(mark):]
		if !first {
			answer = append(answer, ',')
		}
		answer = append(append(answer, '"'), body[:bytes.IndexByte(body, '"')]...)
		answer = append(answer, `":{"allowed":true}`...)
	}
	answer = append(answer, "}}"...)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(answer)), Request: request,
	}, nil
}

// BenchmarkBatchCheck measures what the client adds to a BatchCheck: encoding,
// the SDK's request path, and the strict reading of the answer.
func BenchmarkBatchCheck(b *testing.B) {
	client, err := authz.NewClient(authz.Config{Transport: echo{}})
	if err != nil {
		b.Fatal(err)
	}
	store := client.Store(storeID, modelID)
	conditions := authz.CheckContext{"current_time": "2026-01-02T15:04:05Z"}
	for _, size := range []int{1, 10, 50, 200} {
		checks := checksOf(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				verdicts, err := store.BatchCheck(b.Context(), checks, conditions)
				if err != nil || !verdicts[size-1].Allowed {
					b.Fatal(verdicts, err)
				}
			}
		})
	}
}
