package authz

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	openfga "github.com/openfga/go-sdk"

	"github.com/eyeshot-dev/eyeshot"
)

// StreamObjects goes through the objects of type typ to which subject has the
// relation, at higher consistency, in no order and possibly some twice. An
// error is the last thing that it yields; without one the list is complete.
// Config.Timeout does not bound it, ctx does.
//
// OpenFGA ends the stream when its own list deadline passes (3 seconds by
// default) and tells nobody. A stream that took as long as Config.ListDeadline
// therefore ends with an [eyeshot.ErrUnavailable]: what it gave is right, but
// may not be all.
func (s *Store) StreamObjects(ctx context.Context, subject eyeshot.Subject, relation, typ string, conditions CheckContext) iter.Seq2[eyeshot.Object, error] {
	return func(yield func(eyeshot.Object, error) bool) {
		if err := s.valid(); err != nil {
			yield("", err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		started := time.Now()
		stream, err := s.openStream(ctx, listJSON{
			User: string(subject), Relation: relation, Type: typ, Context: conditions,
			Model: s.modelID, Consistency: "HIGHER_CONSISTENCY",
		})
		if err != nil {
			yield("", err)
			return
		}
		defer drain(stream)
		if !forward(ctx, stream, yield) {
			return
		}
		if limit := s.client.config.ListDeadline; limit > 0 && time.Since(started) >= limit {
			yield("", &callError{
				operation: streamOperation, kind: eyeshot.ErrUnavailable,
				reason: "the list took as long as OpenFGA's own deadline for it and may have been cut short",
			})
		}
	}
}

const streamOperation = "StreamedListObjects"

type listJSON struct {
	User        string       `json:"user"`
	Relation    string       `json:"relation"`
	Type        string       `json:"type"`
	Context     CheckContext `json:"context,omitempty"`
	Model       string       `json:"authorization_model_id,omitempty"`
	Consistency string       `json:"consistency"`
}

func (s *Store) openStream(ctx context.Context, body listJSON) (*openfga.APIExecutorStreamingChannel, error) {
	r := post(streamOperation, "/stores/{store_id}/streamed-list-objects", body)
	r.store = s.id
	for attempt := 0; ; attempt++ {
		stream, err := s.client.sdk.ExecuteStreaming(ctx, r.sdk(), openfga.DefaultStreamBufferSize)
		if err == nil {
			return stream, nil
		}
		failure := newCallError(ctx, streamOperation, err)
		if attempt >= s.client.config.Retries || !failure.retry || !s.client.pause(ctx, attempt, failure.after) {
			return nil, failure
		}
	}
}

// forward yields what the stream brings and reports whether it came to its end.
func forward(ctx context.Context, stream *openfga.APIExecutorStreamingChannel, yield func(eyeshot.Object, error) bool) bool {
	for raw := range stream.Results {
		var item struct {
			Object eyeshot.Object `json:"object"`
		}
		if err := json.Unmarshal(raw, &item); err != nil || item.Object == "" {
			yield("", malformed(streamOperation, errors.Join(err, errMissing("object"))))
			return false
		}
		if !yield(item.Object, nil) {
			return false
		}
	}
	if err := <-stream.Errors; err != nil { // closed, and so nil, at a clean end
		yield("", streamError(ctx, streamOperation, err))
		return false
	}
	return true
}

// drain waits until the SDK's goroutines are gone: they end when the stream is
// closed, and close their channels then.
func drain(stream *openfga.APIExecutorStreamingChannel) {
	stream.Close()
	for range stream.Results {
		continue
	}
}
