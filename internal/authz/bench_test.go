package authz_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	openfga "github.com/openfga/go-sdk"
	"github.com/openfga/go-sdk/client"

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

// BenchmarkBatchCheckOfTheSDK is the same with the SDK's own types and its
// telemetry as it comes, to compare with.
func BenchmarkBatchCheckOfTheSDK(b *testing.B) {
	sdk, err := client.NewSdkClient(&client.ClientConfiguration{
		ApiUrl: "http://openfga.invalid", StoreId: "01JXABCDEFGH00000000000000", HTTPClient: &http.Client{Transport: echo{}},
	})
	if err != nil {
		b.Fatal(err)
	}
	consistency := openfga.CONSISTENCYPREFERENCE_HIGHER_CONSISTENCY
	conditions := map[string]any{"current_time": "2026-01-02T15:04:05Z"}
	for _, size := range []int{10, 50} {
		items := make([]client.ClientBatchCheckItem, size)
		for i, check := range checksOf(size) {
			items[i] = client.ClientBatchCheckItem{
				User: string(check.Subject), Relation: check.Relation, Object: string(check.Object), CorrelationId: fmt.Sprint(i), Context: &conditions,
			}
		}
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				answer, err := sdk.BatchCheck(b.Context()).Body(client.ClientBatchCheckRequest{Checks: items}).
					Options(client.BatchCheckOptions{Consistency: &consistency}).Execute()
				if err != nil || len(answer.GetResult()) != size {
					b.Fatal(answer, err)
				}
			}
		})
	}
}
