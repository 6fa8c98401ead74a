package fakejira

import "context"

type askerKey struct{}

// with keeps who asks for the routes behind.
func with(ctx context.Context, who string) context.Context {
	return context.WithValue(ctx, askerKey{}, who)
}

func whoOf(ctx context.Context) string {
	who, _ := ctx.Value(askerKey{}).(string)
	return who
}
