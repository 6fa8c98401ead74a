// Package config is the product's configuration: every key, its default, where
// it comes from (defaults, then a YAML file, then the environment) and what is
// allowed. It builds nothing and opens nothing. Secrets are never values here:
// a key ending in _env names the environment variable that holds one.
package config

import (
	"time"
)

// Config is the whole configuration. The doc tag is what docs/configuration.md
// says of the key, which a test keeps in step.
type Config struct {
	DataDir   string    `koanf:"data_dir" doc:"Directory that holds everything Eyeshot keeps: permissions, index, signing key. One process at a time."`
	HTTP      HTTP      `koanf:"http"`
	Authz     Authz     `koanf:"authz"`
	Store     Store     `koanf:"store"`
	Embedding Embedding `koanf:"embedding"`
	Tokens    Tokens    `koanf:"tokens"`
	Search    Search    `koanf:"search"`
	Log       Log       `koanf:"log"`
	Sources   []Source  `koanf:"sources" doc:"Systems that documents come from by themselves; see docs/connectors.md."`
}

// HTTP configures the server.
type HTTP struct {
	Listen          string        `koanf:"listen" doc:"Address to listen on."`
	PublicURL       string        `koanf:"public_url" doc:"URL that clients reach the server by; it is in the protected-resource metadata. Empty: http:// and the listen address."`
	RequestTimeout  time.Duration `koanf:"request_timeout" doc:"Longest time that a request may take."`
	ShutdownTimeout time.Duration `koanf:"shutdown_timeout" doc:"How long a shutdown waits for requests in flight."`
	MaxBodyBytes    int64         `koanf:"max_body_bytes" doc:"Largest request body."`
	MaxDocuments    int           `koanf:"max_documents" doc:"Most documents in one upsert."`
	Metrics         bool          `koanf:"metrics" doc:"Serve /metrics: on a loopback address to all, elsewhere to whoever has the token of metrics_token_env."`
	MetricsTokenEnv string        `koanf:"metrics_token_env" doc:"Environment variable that holds the bearer token that /metrics takes. Metrics name tenants and count what was denied."`
	AddSources      bool          `koanf:"add_sources" doc:"Let a tenant's admins add sources over HTTP, of Redmine and Jira. Their secrets are in variables that begin with SOURCE_<TENANT>__."`
}

// Authz configures OpenFGA.
type Authz struct {
	URL             string              `koanf:"url" doc:"URL of an OpenFGA server. Empty: the server inside the process, with its data in data_dir."`
	TokenEnv        string              `koanf:"token_env" doc:"Environment variable that holds the API token of a remote OpenFGA."`
	Timeout         time.Duration       `koanf:"timeout" doc:"Longest time that one call to OpenFGA may take."`
	ChecksPerBatch  int                 `koanf:"checks_per_batch" doc:"Checks in one BatchCheck; a remote server may allow fewer than 50."`
	ParallelBatches int                 `koanf:"parallel_batches" doc:"BatchChecks of one request that run side by side."`
	PollInterval    time.Duration       `koanf:"poll_interval" doc:"How often the change log is asked for changes made by others."`
	Model           string              `koanf:"model" doc:"File with an authorization model in OpenFGA's language. Empty: the model that ships with Eyeshot."`
	Documents       map[string]Relation `koanf:"documents" doc:"Document types of the model, and the relations that reading one takes. Empty: those of the model that ships with Eyeshot."`
}

// Relation names what reading a document of a type takes.
type Relation struct {
	Read      string `koanf:"read" doc:"Relation that the user must have."`
	Delegated string `koanf:"delegated" doc:"Relation that the delegation must have when an agent acts."`
	Task      string `koanf:"task" doc:"Relation that the task must have when the token names one."`
}

// Store configures where chunks and vectors are kept.
type Store struct {
	Kind string `koanf:"kind" doc:"embedded (in data_dir), pgvector or qdrant; see docs/stores.md."`

	Pgvector Pgvector `koanf:"pgvector"`
	Qdrant   Qdrant   `koanf:"qdrant"`
}

// Embedding configures the embedder.
type Embedding struct {
	Kind      string        `koanf:"kind" doc:"builtin, model2vec (a directory) or openai (a server that speaks /v1/embeddings)."`
	Path      string        `koanf:"path" doc:"Directory of a Model2Vec model."`
	URL       string        `koanf:"url" doc:"Base URL of the server, such as http://localhost:11434."`
	Model     string        `koanf:"model" doc:"Name of the server's model."`
	Dimension int           `koanf:"dimension" doc:"Dimension of the server's vectors."`
	KeyEnv    string        `koanf:"key_env" doc:"Environment variable that holds the server's API key."`
	Batch     int           `koanf:"batch" doc:"Texts in one request to the server."`
	Timeout   time.Duration `koanf:"timeout" doc:"Longest time that one request to the server may take."`
}

// Tokens configures whose tokens are taken.
type Tokens struct {
	Audience string        `koanf:"audience" doc:"Audience that a token must be for."`
	Local    bool          `koanf:"local" doc:"Take tokens that eyeshot token makes, signed with the key in data_dir."`
	TTL      time.Duration `koanf:"ttl" doc:"How long a token of eyeshot token is valid, where --ttl is not given."`
	Leeway   time.Duration `koanf:"leeway" doc:"Clock difference that is tolerated."`
	Issuers  []Issuer      `koanf:"issuers" doc:"OpenID Connect issuers whose tokens are taken."`
}

// Issuer is a remote OpenID Connect issuer.
type Issuer struct {
	URL           string   `koanf:"url" doc:"Issuer, as in the iss claim; its discovery document names its keys."`
	JWKSURL       string   `koanf:"jwks_url" doc:"Where its keys are. Empty: its discovery document says."`
	Audience      string   `koanf:"audience" doc:"Audience of its tokens. Empty: tokens.audience."`
	Algorithms    []string `koanf:"algorithms" doc:"Signature algorithms that it may use. Empty: the asymmetric ones."`
	AllowUntyped  bool     `koanf:"allow_untyped" doc:"Take tokens without a typ header, which some providers leave out."`
	Tenant        string   `koanf:"tenant" doc:"Tenant of all its tokens. Empty: the tenant claim says."`
	TenantClaim   string   `koanf:"tenant_claim" doc:"Claim that names the tenant. Empty: tenant."`
	Tenants       []string `koanf:"tenants" doc:"Tenants that the claim may name. Empty: all."`
	SubjectClaim  string   `koanf:"subject_claim" doc:"Claim that names the user. Empty: sub. email counts only where it is verified."`
	SubjectPrefix string   `koanf:"subject_prefix" doc:"Put before every subject, so that two issuers' users never meet."`
	PrincipalType string   `koanf:"principal_type" doc:"user or service_account, for all its tokens. Empty: the claim principal_type says; without it, user."`
	MaxActors     int      `koanf:"max_actors" doc:"Actors that a token may name, nested; the outermost acts. 0: one."`
}

// Search configures searches.
type Search struct {
	Timeout     time.Duration `koanf:"timeout" doc:"Longest time that one search may take."`
	CheckBudget int           `koanf:"check_budget" doc:"Documents that one search may ask OpenFGA about; beyond it the answer says that it is incomplete."`
	TimeBudget  time.Duration `koanf:"time_budget" doc:"How long one search goes on looking for what its user may read, once the index has answered; beyond it the answer says that it is incomplete."`
}

// Log configures the log, which goes to standard error.
type Log struct {
	Level  string `koanf:"level" doc:"debug, info, warn or error."`
	Format string `koanf:"format" doc:"text or json."`
}

// Default is the configuration of a laptop: everything in one process.
func Default() Config {
	return Config{
		DataDir: "eyeshot-data",
		HTTP: HTTP{
			Listen: "127.0.0.1:8480", RequestTimeout: 30 * time.Second, ShutdownTimeout: 15 * time.Second,
			MaxBodyBytes: 16 << 20, MaxDocuments: 500, Metrics: true,
		},
		Authz: Authz{
			Timeout: 5 * time.Second, ChecksPerBatch: 50, ParallelBatches: 4, PollInterval: 200 * time.Millisecond,
		},
		Store:     Store{Kind: "embedded", Pgvector: defaultPgvector(), Qdrant: defaultQdrant()},
		Embedding: Embedding{Kind: "builtin", Batch: 64, Timeout: 30 * time.Second},
		Tokens:    Tokens{Audience: "eyeshot", Local: true, TTL: time.Hour, Leeway: 30 * time.Second},
		Search:    Search{Timeout: 10 * time.Second, CheckBudget: 2000, TimeBudget: 3 * time.Second},
		Log:       Log{Level: "info", Format: "text"},
	}
}
