package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/gin-gonic/gin"
)

// operator lets whoever has the metrics' token through; to others there are
// none. It compares in the same time whatever was sent.
func (s *server) operator(c *gin.Context) {
	if s.MetricsToken == "" {
		c.Next()
		return
	}
	given, _ := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	want, got := sha256.Sum256([]byte(s.MetricsToken)), sha256.Sum256([]byte(given))
	if subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		s.Logger.Warn("metrics refused: not the token of http.metrics_token_env", "id", c.GetString(requestIDHeader))
		s.noSuchPath(c)
		return
	}
	c.Next()
}
