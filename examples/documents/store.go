package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"time"

	_ "modernc.org/sqlite" // the driver, in pure Go
)

//go:embed schema.sql
var schema string

// user is somebody whom this application knows.
type user struct {
	Subject string `json:"sub"`
	Name    string `json:"name"`
}

type document struct {
	ID      int64     `json:"id"`
	Owner   string    `json:"owner"`
	Title   string    `json:"title"`
	Source  string    `json:"source"` // the calling service, as django-lasuite's mixin records it
	Created time.Time `json:"created"`
}

// errNotFound: there is no such row.
var errNotFound = errors.New("not found")

// store keeps users and documents. It is safe for concurrent use.
type store struct{ db *sql.DB }

func openStore(ctx context.Context, path string) (*store, error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer, and a database in memory belongs to its connection
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &store{db}, nil
}

func (s *store) Close() error { return s.db.Close() }

func (s *store) addUser(ctx context.Context, u user) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO users (sub, name) VALUES (?, ?)`, u.Subject, u.Name)
	return err
}

func (s *store) user(ctx context.Context, subject string) (user, error) {
	u := user{Subject: subject}
	err := s.db.QueryRowContext(ctx, `SELECT name FROM users WHERE sub = ?`, subject).Scan(&u.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return user{}, errNotFound
	}
	return u, err
}

func (s *store) addDocument(ctx context.Context, d document) (document, error) {
	result, err := s.db.ExecContext(ctx, `INSERT INTO documents (owner, title, source, created) VALUES (?, ?, ?, ?)`,
		d.Owner, d.Title, d.Source, d.Created.Format(time.RFC3339))
	if err != nil {
		return document{}, err
	}
	d.ID, err = result.LastInsertId()
	return d, err
}

const selectDocuments = `SELECT id, owner, title, source, created FROM documents `

func (s *store) document(ctx context.Context, id int64) (document, error) {
	d, err := scanDocument(s.db.QueryRowContext(ctx, selectDocuments+`WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return document{}, errNotFound
	}
	return d, err
}

func (s *store) documentsOf(ctx context.Context, owner string) ([]document, error) {
	rows, err := s.db.QueryContext(ctx, selectDocuments+`WHERE owner = ? ORDER BY id`, owner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []document{}
	for rows.Next() {
		d, err := scanDocument(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

func (s *store) deleteDocument(ctx context.Context, id int64) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM documents WHERE id = ?`, id)
	return err
}

func scanDocument(row interface{ Scan(...any) error }) (d document, err error) {
	var created string
	if err := row.Scan(&d.ID, &d.Owner, &d.Title, &d.Source, &created); err != nil {
		return document{}, err
	}
	d.Created, err = time.Parse(time.RFC3339, created)
	return d, err
}
