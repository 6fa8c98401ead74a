package jira

import (
	"context"
	"regexp"
	"slices"
	"strconv"
)

// Jira's limits of one question.
const (
	issuesAtOnce   = 100
	commentsAtOnce = 1000
)

// issuesByKey looks issues up by keys or ids; those that are not there are left
// out.
func (c *cloud) issuesByKey(ctx context.Context, keys []string) ([]issue, error) {
	var out []issue
	for some := range slices.Chunk(keys, issuesAtOnce) {
		var answer struct {
			Issues []issue `json:"issues"`
		}
		if err := c.client.Post(ctx, v3+"/issue/bulkfetch", nil, map[string]any{"issueIdsOrKeys": some, "fields": []string{"project"}}, &answer); err != nil {
			return nil, err
		}
		out = append(out, answer.Issues...)
	}
	return out, nil
}

var issueOf = regexp.MustCompile(`/issue/(\d+)/comment/`)

// commentsByID looks comments up. Which issue one is of is told by its address.
func (c *cloud) commentsByID(ctx context.Context, ids []string) ([]placed, error) {
	var numbers []int64
	for _, id := range ids {
		if n, err := strconv.ParseInt(id, 10, 64); err == nil {
			numbers = append(numbers, n)
		}
	}
	var out []placed
	for some := range slices.Chunk(numbers, commentsAtOnce) {
		var answer struct {
			Values []struct {
				comment
				Self string `json:"self"`
			} `json:"values"`
		}
		if err := c.client.Post(ctx, v3+"/comment/list", nil, map[string]any{"ids": some}, &answer); err != nil {
			return nil, err
		}
		for _, value := range answer.Values {
			if at := issueOf.FindStringSubmatch(value.Self); at != nil {
				out = append(out, placed{comment: value.comment, issue: at[1]})
			}
		}
	}
	return out, nil
}
