//go:build !amd64

package dot

// Best returns the fastest kernel that this processor runs.
func Best() Kernel { return Go }
