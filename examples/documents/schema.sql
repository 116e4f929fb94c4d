CREATE TABLE IF NOT EXISTS users (
	sub  TEXT PRIMARY KEY, -- the subject that the authorization server knows
	name TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS documents (
	id      INTEGER PRIMARY KEY,
	owner   TEXT NOT NULL REFERENCES users (sub),
	title   TEXT NOT NULL,
	source  TEXT NOT NULL, -- the service that created it for the user
	created TEXT NOT NULL
);
