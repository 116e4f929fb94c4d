package main

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// now is when something is created.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

const loadedKey = "document"

// load finds the document that the path names and lets only its owner pass. A scope says what a client may do on behalf
// of a user, and never which documents are the user's: that is for the application to know.
func (h *handlers) load(c *gin.Context) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		notFound(c)
		return
	}
	d, err := h.document(c.Request.Context(), id)
	switch {
	case errors.Is(err, errNotFound):
		notFound(c)
	case err != nil:
		fail(c, err)
	case d.Owner != current(c).Subject:
		fail(c, fmt.Errorf("document %d belongs to somebody else: %w", id, rs.ErrForbidden))
	default:
		c.Set(loadedKey, d)
	}
}

// loaded is what load has found.
func loaded(c *gin.Context) document {
	d, _ := c.MustGet(loadedKey).(document)
	return d
}

func notFound(c *gin.Context) {
	c.AbortWithStatusJSON(http.StatusNotFound, gin.H{"status": 404, "title": "no such document"})
}

// fail tells err to the log and answers what a client may know of it.
func fail(c *gin.Context, err error) { rsgin.Refuse(c, err) }
