package openai_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/embed"
	"github.com/eyeshot-dev/eyeshot/internal/embed/embedtest"
	"github.com/eyeshot-dev/eyeshot/internal/embed/openai"
)

var _ embed.Embedder = (*openai.Embedder)(nil)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestKeepsTheContractAgainstAFakeServer(t *testing.T) {
	embedtest.Run(t, func(t *testing.T) embed.Embedder { return serve(t, newFake(t), nil) })
}

func TestTextsGoInBatchesAndBlankOnesStayAtHome(t *testing.T) {
	server := newFake(t)
	e := serve(t, server, func(c *openai.Config) { c.Batch = 3 })
	vectors, err := e.Embed(t.Context(), []string{"one", " ", "two", "three", "", "four", "\n"})
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for _, request := range server.requests {
		sizes = append(sizes, len(request.Input))
	}
	if len(vectors) != 7 || len(sizes) != 2 || sizes[0] != 3 || sizes[1] != 1 {
		t.Errorf("%d vectors in requests of %v texts, want 7 vectors and 3 + 1", len(vectors), sizes)
	}
}

func TestBlankTextsAloneAskNothing(t *testing.T) {
	server := newFake(t)
	if _, err := serve(t, server, nil).Embed(t.Context(), []string{"", "\t"}); err != nil || len(server.requests) != 0 {
		t.Errorf("%d requests, error %v; want none", len(server.requests), err)
	}
}

func TestDimensionsAreSentOnlyWhenAsked(t *testing.T) {
	server := newFake(t)
	short := serve(t, server, func(c *openai.Config) { c.Dimension, c.SendDimension = 64, true })
	vectors, err := short.Embed(t.Context(), []string{"refund"})
	if err != nil || len(vectors[0]) != 64 || *server.requests[0].Dimensions != 64 {
		t.Errorf("%d values, error %v, want 64", len(vectors[0]), err)
	}
	if _, err := serve(t, server, nil).Embed(t.Context(), []string{"refund"}); err != nil || server.requests[1].Dimensions != nil {
		t.Errorf("dimensions %v sent, error %v; want none", server.requests[1].Dimensions, err)
	}
}

func TestBaseURLsWithAndWithoutVersionMeanTheSame(t *testing.T) {
	for _, suffix := range []string{"", "/", "/v1", "/v1/", "/proxy/v1"} {
		server := newFake(t)
		e := serve(t, server, func(c *openai.Config) { c.BaseURL += suffix })
		if _, err := e.Embed(t.Context(), []string{"refund"}); err != nil {
			t.Errorf("suffix %q: %v", suffix, err)
		}
		if path := server.requests[0].path; strings.Count(path, "/v1/") != 1 {
			t.Errorf("suffix %q: path %s", suffix, path)
		}
	}
}

func TestTheNameTellsModelAndDimension(t *testing.T) {
	if name := connect(t, "http://localhost:1", nil).Name(); name != "openai/fake-embed-small@256" {
		t.Errorf("name %s", name)
	}
}

func TestWrongConfigurationsAreRefusedWithTheFieldAndNotTheURL(t *testing.T) {
	cases := map[string]struct {
		change func(*openai.Config)
		says   string
	}{
		"no URL":               {func(c *openai.Config) { c.BaseURL = "" }, "base URL"},
		"no scheme":            {func(c *openai.Config) { c.BaseURL = "localhost:11434" }, "http:// or https://"},
		"another scheme":       {func(c *openai.Config) { c.BaseURL = "ftp://secret-host" }, "http:// or https://"},
		"no host":              {func(c *openai.Config) { c.BaseURL = "http:///v1" }, "must name a host"},
		"no URL at all":        {func(c *openai.Config) { c.BaseURL = "http://secret:secret@[::1" }, "must be a URL"},
		"a password":           {func(c *openai.Config) { c.BaseURL = "https://user:secret@host" }, "no user, password"},
		"a query":              {func(c *openai.Config) { c.BaseURL = "https://host?api-key=secret" }, "no user, password"},
		"a fragment":           {func(c *openai.Config) { c.BaseURL = "https://host#secret" }, "no user, password"},
		"no model":             {func(c *openai.Config) { c.Model = "" }, "model"},
		"a model with a space": {func(c *openai.Config) { c.Model = "a b" }, `model "a b"`},
		"no dimension":         {func(c *openai.Config) { c.Dimension = 0 }, `dimension "0"`},
		"a huge dimension":     {func(c *openai.Config) { c.Dimension = 1 << 20 }, "dimension"},
		"a negative batch":     {func(c *openai.Config) { c.Batch = -1 }, `batch "-1"`},
		"a huge batch":         {func(c *openai.Config) { c.Batch = 4096 }, "batch"},
		"a negative time-out":  {func(c *openai.Config) { c.Timeout = -time.Second }, "timeout"},
		"negative patience":    {func(c *openai.Config) { c.MaxElapsed = -time.Second }, "maximum elapsed time"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			config := openai.Config{BaseURL: "http://localhost:1", Model: testModel, Dimension: 3}
			c.change(&config)
			_, err := openai.New(config, nil)
			if !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v, want ErrInvalid that says %q", err, c.says)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error holds a part of the URL: %v", err)
			}
		})
	}
}

func TestAnswersThatDoNotFitTheRequestAreRefused(t *testing.T) {
	const two = `[0.6,0.8]`
	cases := map[string]struct{ answer, says string }{
		"no JSON":                  {`<html>welcome</html>`, "not the JSON of embeddings"},
		"half of it":               {`{"data":[{"index":0,"embedding":[0.6,`, "not the JSON of embeddings"},
		"an empty object":          {`{}`, "0 vectors for 2 texts"},
		"an error with status 200": {`{"error":{"message":"overloaded"}}`, "0 vectors for 2 texts"},
		"too few vectors":          {`{"data":[{"index":0,"embedding":` + two + `}]}`, "1 vectors for 2 texts"},
		"too many vectors":         {`{"data":[{"index":0,"embedding":` + two + `},{"index":1,"embedding":` + two + `},{"index":2,"embedding":` + two + `}]}`, "3 vectors for 2 texts"},
		"one index twice":          {`{"data":[{"index":1,"embedding":` + two + `},{"index":1,"embedding":` + two + `}]}`, "two vectors for text 1"},
		"an index out of range":    {`{"data":[{"index":0,"embedding":` + two + `},{"index":2,"embedding":` + two + `}]}`, "without the number"},
		"a negative index":         {`{"data":[{"index":-1,"embedding":` + two + `},{"index":1,"embedding":` + two + `}]}`, "without the number"},
		"no index":                 {`{"data":[{"embedding":` + two + `},{"embedding":` + two + `}]}`, "without the number"},
		"no embedding":             {`{"data":[{"index":0},{"index":1}]}`, "not a list"},
		"a null embedding":         {`{"data":[{"index":0,"embedding":null},{"index":1,"embedding":` + two + `}]}`, "null"},
		"a null among the numbers": {`{"data":[{"index":0,"embedding":[0.6,null]},{"index":1,"embedding":` + two + `}]}`, "null"},
		"NaN":                      {`{"data":[{"index":0,"embedding":[0.6,NaN]},{"index":1,"embedding":` + two + `}]}`, "not the JSON"},
		"a number beyond float32":  {`{"data":[{"index":0,"embedding":[0.6,1e39]},{"index":1,"embedding":` + two + `}]}`, "finite 32-bit numbers"},
		"base64":                   {`{"data":[{"index":0,"embedding":"AAAAPw=="},{"index":1,"embedding":` + two + `}]}`, "not a list"},
		"another dimension":        {`{"data":[{"index":0,"embedding":[1,2,3]},{"index":1,"embedding":[1,2,3]}]}`, "have 3 numbers and the configured dimension is 2"},
		"one of another dimension": {`{"data":[{"index":0,"embedding":` + two + `},{"index":1,"embedding":[1]}]}`, "have 1 numbers"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			server := newFake(t, says(c.answer))
			e := serve(t, server, func(c *openai.Config) { c.Dimension = 2 })
			vectors, err := e.Embed(t.Context(), []string{"refund", "payment"})
			if vectors != nil || !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want ErrInvalid that says %q", err, c.says)
			}
			if len(server.requests) != 1 {
				t.Errorf("%d requests, want 1: trying again does not help", len(server.requests))
			}
		})
	}
}

func TestAnEndlessAnswerIsCutOff(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<16))
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	_, err := serve(t, http.HandlerFunc(endless), nil).Embed(t.Context(), []string{"refund"})
	if !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("error %v, want ErrInvalid for an answer that is too long", err)
	}
}
