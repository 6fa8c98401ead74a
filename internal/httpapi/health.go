package httpapi

import (
	_ "embed"
	"net/http"

	"github.com/gin-gonic/gin"
)

//go:embed openapi.json
var openAPIDocument []byte

// OpenAPI returns the OpenAPI document that the server serves.
func OpenAPI() []byte { return openAPIDocument }

func (s *server) openAPI(c *gin.Context) {
	c.Data(http.StatusOK, "application/json", openAPIDocument)
}

// health says that the process runs.
func (s *server) health(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"status": "ok", "version": s.Version})
}

// ready says that the process can answer searches: OpenFGA and the store answer.
func (s *server) ready(c *gin.Context) {
	if err := s.Ready(c.Request.Context()); err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"status": "ready", "version": s.Version})
}

func (s *server) jwks(c *gin.Context) {
	c.Data(http.StatusOK, "application/jwk-set+json", s.JWKS)
}

// protectedResource is the metadata of RFC 9728.
func (s *server) protectedResource(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{
		"resource":                 s.PublicURL(),
		"authorization_servers":    s.Issuers,
		"bearer_methods_supported": []string{"header"},
		"resource_name":            "Eyeshot",
	})
}
