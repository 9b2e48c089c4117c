//go:build stack_gin

package main

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// Otherwise gin writes its routes to standard output, where the parent reads.
func init() { gin.SetMode(gin.ReleaseMode) }

// newStack is net/http with gin, without the middleware of gin.Default: the log of
// every request and the recovery from panics are not asked of the other stacks.
func newStack(h *kvHandler) http.Handler {
	get := func(c *gin.Context) {
		// gin has the slash in it.
		h.serveGet(c.Writer, c.Request, strings.TrimPrefix(c.Param("key"), "/"))
	}
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.GET("/*key", get)
	engine.HEAD("/*key", get)
	engine.POST("/", gin.WrapF(h.servePost))
	engine.NoRoute(gin.WrapH(h)) // other methods
	return engine
}
