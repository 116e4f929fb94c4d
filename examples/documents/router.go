package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// newRouter lays the routes. What a route needs stands beside its path: authentication and the user for all of them, a scope
// for reading or writing, and for one document that the user owns it.
func newRouter(server rsgin.Authenticator, ours jwksendpoint.PublicKeys, s *store) *gin.Engine {
	router := gin.New()
	_ = router.SetTrustedProxies(nil) // no proxy may say who the client is; a nil list is always valid
	router.Use(gin.Recovery())
	router.GET("/jwks", gin.WrapH(jwksendpoint.Handler(ours)))

	h := &handlers{s}
	api := router.Group("/api", rsgin.Authenticate(server, nil), rsgin.ResolveUser(s.find))
	api.GET("/me", h.me)
	api.GET("/documents", rsgin.RequireAnyScope("documents", "documents:read"), h.list)
	api.POST("/documents", rsgin.RequireAnyScope("documents"), h.create)
	api.GET("/documents/:id", rsgin.RequireAnyScope("documents", "documents:read"), h.load, h.get)
	api.DELETE("/documents/:id", rsgin.RequireAnyScope("documents"), h.load, h.delete)
	return router
}

// find is the application's user for a token, or 401: a subject that this application does not know cannot do anything here.
func (s *store) find(ctx context.Context, p *rs.Principal) (user, error) {
	u, err := s.user(ctx, p.Subject)
	if errors.Is(err, errNotFound) {
		return user{}, rs.ErrUnknownUser
	}
	return u, err
}

type handlers struct{ *store }

// current is the user that ResolveUser has found: no route is without it.
func current(c *gin.Context) user {
	u, _ := rsgin.User[user](c)
	return u
}

func (h *handlers) me(c *gin.Context) { c.JSON(http.StatusOK, current(c)) }

func (h *handlers) list(c *gin.Context) {
	documents, err := h.documentsOf(c.Request.Context(), current(c).Subject)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, documents)
}

func (h *handlers) create(c *gin.Context) {
	var body struct {
		Title string `binding:"required,max=200" json:"title"`
	}
	if err := c.ShouldBindJSON(&body); err != nil {
		c.AbortWithStatusJSON(http.StatusBadRequest, gin.H{"status": 400, "title": "a document needs a title of at most 200 characters"})
		return
	}
	p, _ := rsgin.Principal(c)
	d, err := h.addDocument(c.Request.Context(), document{
		Owner: current(c).Subject, Title: body.Title, Source: p.Audience, Created: now(),
	})
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Location", fmt.Sprintf("/api/documents/%d", d.ID))
	c.JSON(http.StatusCreated, d)
}

func (h *handlers) get(c *gin.Context) { c.JSON(http.StatusOK, loaded(c)) }

func (h *handlers) delete(c *gin.Context) {
	if err := h.deleteDocument(c.Request.Context(), loaded(c).ID); err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
