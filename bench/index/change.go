package index

import (
	"context"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/openfga"
	"github.com/eyeshot-dev/eyeshot/bench/report"
)

const leaver = eyeshot.Subject("user:leaver")

// leave takes a member out of a group that reaches one document, and out of one
// that reaches ten thousand, in turn.
func (b *bench) leave(context.Context) error {
	near := b.group("one", []eyeshot.Object{"ticket:jira-main/alone"})
	wide, reach := b.wideGroup()
	meters := [2]*measure.Meter{measure.NewMeter(measure.Thread), measure.NewMeter(measure.Thread)}
	var sizes [2][]float64
	for range min(b.Samples, 1000) {
		for i, member := range []eyeshot.Relationship{near, wide} {
			without := b.reached()
			b.index.Apply([]eyeshot.Relationship{member}, nil)
			sizes[i] = append(sizes[i], float64(b.reached()-without))
			meters[i].Start()
			b.index.Apply(nil, []eyeshot.Relationship{member})
			meters[i].Stop()
		}
	}
	meters[1].Close()
	meters[0].Close()
	b.addRow("leaving a group that reaches one document", meters[0], sizes[0])
	b.addRow("leaving a group that reaches many", meters[1], sizes[1])
	ratio := measure.Ratio(meters[1].CPU, meters[0].CPU, 0.5, true)
	b.report.Notes = append(b.report.Notes, fmt.Sprintf("Leaving a group that reaches %d documents costs %s times what leaving one that reaches 1 costs.", reach, report.Range(ratio)))
	b.goal(fmt.Sprintf("leaving a group: reach %d over reach 1", reach), "", ratio.Value, goalLeave, false)
	return nil
}

// wideGroup grants a group one project after the other until it reaches enough
// documents that not everybody reaches.
func (b *bench) wideGroup() (member eyeshot.Relationship, reach int) {
	everybody := b.reached()
	for i := 0; i < b.size.Projects && reach < farReach; i++ {
		member = b.group("many", []eyeshot.Object{eyeshot.Object(fmt.Sprintf("project:jira-main/P%03d", i))})
		b.index.Apply([]eyeshot.Relationship{member}, nil)
		reach = b.reached() - everybody
		b.index.Apply(nil, []eyeshot.Relationship{member})
	}
	return member, reach
}

// group lets a group view the objects and returns the membership that counts.
func (b *bench) group(name string, objects []eyeshot.Object) eyeshot.Relationship {
	group := eyeshot.Object("group:reaches-" + name)
	var grants []eyeshot.Relationship
	for _, object := range objects {
		grants = append(grants, eyeshot.Relationship{Subject: eyeshot.Subject(group) + "#member", Relation: "viewer", Object: object})
	}
	b.index.Apply(grants, nil)
	return eyeshot.Relationship{Subject: leaver, Relation: "member", Object: group}
}

func (b *bench) reached() int {
	_, tickets := b.index.View().Allowed(leaver, "can_read", "ticket")
	_, documents := b.index.View().Allowed(leaver, "can_read", "document")
	return int(tickets.GetCardinality() + documents.GetCardinality())
}

// list lets OpenFGA and an index of the same store list the same documents, in
// turn.
func (b *bench) list(ctx context.Context) (err error) {
	if b.Listed < 0 {
		return nil
	}
	server, err := openfga.Start(ctx)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := server.Write(ctx, listedWorld(b.Listed), nil); err != nil {
		return fmt.Errorf("writing the world: %w", err)
	}
	index, err := authzsync.Open(ctx, server, authzsync.Options{})
	if err != nil {
		return err
	}
	theirs, ours := measure.NewMeter(measure.Process), measure.NewMeter(measure.Process)
	defer theirs.Close()
	defer ours.Close()
	for range 7 {
		var listed []eyeshot.Object
		if err := theirs.Time(func() (err error) { listed, err = server.List(ctx, "user:alice", "can_read", "ticket"); return err }); err != nil {
			return fmt.Errorf("OpenFGA's list: %w", err)
		}
		ours.Start()
		_, upper := index.View().Allowed("user:alice", "can_read", "ticket")
		ours.Stop()
		if len(listed) != b.Listed || int(upper.GetCardinality()) != b.Listed {
			return fmt.Errorf("the lists differ: OpenFGA has %d, the index %d, and there are %d", len(listed), upper.GetCardinality(), b.Listed)
		}
	}
	b.compareLists(theirs, ours)
	return nil
}

func (b *bench) compareLists(theirs, ours *measure.Meter) {
	ratio := measure.Ratio(theirs.CPU, ours.CPU, 0.5, true)
	clock := measure.Ratio(theirs.Wall, ours.Wall, 0.5, true)
	b.report.Tables = append(b.report.Tables, report.Table{
		Title: fmt.Sprintf("Listing %d documents, in turn", b.Listed),
		Head:  []string{"", "p50 µs of processor time", "p50 µs by the clock"},
		Rows: [][]string{
			{"OpenFGA's streamed list", report.Number(measure.Quantile(theirs.CPU, 0.5)), report.Number(measure.Quantile(theirs.Wall, 0.5))},
			{"the permission index", report.Number(measure.Quantile(ours.CPU, 0.5)), report.Number(measure.Quantile(ours.Wall, 0.5))},
			{"ratio", report.Range(ratio), report.Range(clock)},
		},
	})
	b.report.Add("OpenFGA's list", "µs by the clock, p50", measure.Quantile(theirs.Wall, 0.5), theirs.Wall)
	b.report.Add("the index's list", "µs by the clock, p50", measure.Quantile(ours.Wall, 0.5), ours.Wall)
	b.goal(fmt.Sprintf("OpenFGA's list / the index, %d documents", b.Listed), "", clock.Value, goalListing, true)
}

func listedWorld(n int) []eyeshot.Relationship {
	all := []eyeshot.Relationship{
		{Subject: "user:alice", Relation: "member", Object: "group:eng"},
		{Subject: "group:eng#member", Relation: "viewer", Object: "project:jira/PAY"},
	}
	for i := range n {
		ticket := eyeshot.Object(fmt.Sprintf("ticket:jira/PAY-%d", i))
		all = append(all, eyeshot.Relationship{Subject: "project:jira/PAY", Relation: "project", Object: ticket},
			eyeshot.Relationship{Subject: "user:*", Relation: "open", Object: ticket})
	}
	return all
}
