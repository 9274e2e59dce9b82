//! Settings: from flags or the environment, read once. `docs/configuration.md` is made from these definitions
//! (`bufdir-reports settings`), so that each key is documented here and nowhere else.
//!
//! To add one: a field with its doc comment and its `env`, in the group that it belongs to.

mod bucket;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use login::{AuthSettings, ClaimPath, KeySource, PublicKeyAlgorithm};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sqlx::postgres::PgConnectOptions;
use url::Url;

pub use self::bucket::BucketSettings;
use crate::edge::graphql::Limits;
use crate::export::storage::{Storage, StorageError};

/// Where the data is.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Data")]
pub struct DataSettings {
    /// The folder of the embedded Postgres, the stored files and the development key.
    ///
    /// Without it: /var/lib/bufdir-reports for root, ~/.local/share/bufdir-reports for a user. The user that Postgres
    /// runs as must reach it, so for root it cannot lie below a home of mode 700.
    #[arg(long, env = "BUFDIR_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,

    /// An external Postgres (15 or newer), logged in as the app's role (bufdir_app).
    ///
    /// Without it the embedded Postgres in the data folder is used.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<DatabaseUrl>,

    /// The same database, logged in as the role that owns the schema (bufdir_owner): for migrate, import, token.
    #[arg(long, env = "DATABASE_OWNER_URL", hide_env_values = true, value_name = "URL")]
    pub database_owner_url: Option<DatabaseUrl>,

    /// Connections to the database for reading at most, and as many for writing. Twice the cores of the database's
    /// machine answers fastest; unless given, four for each core of this one, from 8 to 32.
    #[arg(long, env = "BUFDIR_DATABASE_CONNECTIONS", value_name = "NUMBER")]
    pub database_connections: Option<u32>,

    /// Where exported files are stored: a folder (file:///srv/files) or a bucket (s3://bucket/prefix). The data folder
    /// unless given.
    #[arg(long, env = "BUFDIR_STORAGE_URL", value_name = "URL")]
    pub storage_url: Option<String>,

    /// The secret (32 bytes or more) that download links are signed with; all servers of one storage share it.
    ///
    /// Without it one is made in the data folder.
    #[arg(long, env = "BUFDIR_LINK_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub link_secret: Option<SecretString>,

    #[command(flatten)]
    pub bucket: BucketSettings,
}

impl DataSettings {
    /// The folder for everything that this process keeps.
    pub fn folder(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| {
            let postgres = embedded_postgres::default_data_dir();
            postgres.parent().map(Path::to_owned).unwrap_or(postgres)
        })
    }

    /// Where exported files are stored.
    ///
    /// # Errors
    ///
    /// Those of [`Storage::open`].
    pub fn storage(&self) -> Result<Storage, StorageError> {
        let given = self.storage_url.clone();
        let location = given.unwrap_or_else(|| self.folder().join("files").display().to_string());
        Storage::open(&location, self.bucket.options())
    }

    /// How many connections to the database there are for reading, and as many for writing.
    pub fn connections(&self) -> u32 {
        self.database_connections.unwrap_or_else(|| {
            let cores = std::thread::available_parallelism().map_or(2, NonZero::get);
            u32::try_from(4 * cores).unwrap_or(u32::MAX).clamp(8, 32)
        })
    }

    /// The folder of the embedded Postgres.
    pub fn postgres_folder(&self) -> PathBuf {
        self.folder().join("postgres")
    }
}

/// A Postgres URL; its password is not printed.
#[derive(Clone, Debug)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// What to connect with.
    ///
    /// # Errors
    ///
    /// What a URL looks like, when this is none of Postgres.
    pub fn options(&self) -> Result<PgConnectOptions, &'static str> {
        let looks = "write it as postgres://user:password@host:5432/database";
        let text = self.0.expose_secret();
        let url = Url::parse(text).map_err(|_| looks)?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(looks);
        }
        text.parse().map_err(|_| looks)
    }
}

/// Takes any text: whatever the command line refuses it repeats, password and all.
impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.into()))
    }
}

/// How the server is reached and what it takes on.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub struct HttpSettings {
    /// The address to listen on.
    #[arg(
        long,
        env = "BUFDIR_LISTEN",
        default_value = "127.0.0.1:4000",
        value_name = "ADDRESS:PORT"
    )]
    pub listen: SocketAddr,

    /// The address by which clients reach the server; download links begin with it. http://<listen> unless given.
    #[arg(long, env = "BUFDIR_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,

    /// Origins of web pages that may call the API from a browser, separated by commas. None unless given.
    #[arg(long, env = "BUFDIR_CORS_ORIGINS", value_delimiter = ',', value_name = "ORIGIN,...")]
    pub cors_origins: Vec<String>,

    /// The folder where `make graphiql` built GraphiQL; a plain form takes its place where there is none.
    #[arg(long, env = "BUFDIR_GRAPHIQL_DIR", default_value = "web/dist", value_name = "FOLDER")]
    pub graphiql_dir: PathBuf,

    /// Seconds that a GraphQL request, or a query or mutation over a websocket, may take before it is given up.
    #[arg(long, env = "BUFDIR_REQUEST_TIMEOUT", default_value_t = 30, value_name = "SECONDS")]
    pub request_timeout: u64,

    /// Bytes of a request's body at most.
    #[arg(long, env = "BUFDIR_MAX_BODY", default_value_t = 1024 * 1024, value_name = "BYTES")]
    pub max_body: usize,

    /// Operations of a batch at most.
    #[arg(long, env = "BUFDIR_MAX_BATCH", default_value_t = 10, value_name = "NUMBER")]
    pub max_batch: usize,

    /// Bytes of a GraphQL document at most, without its variables.
    #[arg(long, env = "BUFDIR_MAX_DOCUMENT", default_value_t = Limits::default().document, value_name = "BYTES")]
    pub max_document: usize,

    /// Tokens of a GraphQL document at most: names, numbers, strings and punctuation marks.
    #[arg(long, env = "BUFDIR_MAX_TOKENS", default_value_t = Limits::default().tokens, value_name = "NUMBER")]
    pub max_tokens: usize,

    /// Fields within fields at most. GraphiQL's introspection needs 15.
    #[arg(long, env = "BUFDIR_MAX_DEPTH", default_value_t = Limits::default().depth, value_name = "NUMBER")]
    pub max_depth: usize,

    /// Fields of an operation's root at most, counted with their aliases.
    #[arg(long, env = "BUFDIR_MAX_ROOT_FIELDS", default_value_t = Limits::default().root_fields, value_name = "NUMBER")]
    pub max_root_fields: usize,

    /// Fields of an operation at most, each fragment counted wherever it is spread.
    #[arg(long, env = "BUFDIR_MAX_FIELDS", default_value_t = Limits::default().fields, value_name = "NUMBER")]
    pub max_fields: usize,

    /// Cost of an operation at most: a field costs 1, a list its entries times what is asked of each, a preview 10000.
    #[arg(long, env = "BUFDIR_MAX_COST", default_value_t = Limits::default().cost, value_name = "NUMBER")]
    pub max_cost: usize,
}

impl HttpSettings {
    /// What an operation may be.
    pub fn limits(&self) -> Limits {
        Limits {
            document: self.max_document,
            tokens: self.max_tokens,
            depth: self.max_depth,
            root_fields: self.max_root_fields,
            fields: self.max_fields,
            cost: self.max_cost,
        }
    }

    /// The address that clients see, without a slash at its end.
    pub fn public_url(&self) -> String {
        let url = self.public_url.as_ref().map(Url::as_str);
        url.map_or_else(
            || format!("http://{}", self.listen),
            |url| url.trim_end_matches('/').to_owned(),
        )
    }

    /// How long a request may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout)
    }
}

/// Who does the slow work.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Workers")]
pub struct WorkSettings {
    /// Jobs at a time: generations and exports. With 0, `serve` leaves them to `work`.
    #[arg(long, env = "BUFDIR_WORKERS", default_value_t = 2, value_name = "NUMBER")]
    pub workers: usize,
}

/// Who may log in: exactly one of a secret, a key set's file or its URL. Without any, the data folder's development key.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Login")]
pub struct LoginSettings {
    /// The secret (32 bytes or more) that HS256 tokens are signed with, for example Supabase's JWT secret.
    #[arg(long, env = "BUFDIR_JWT_SECRET", hide_env_values = true, value_name = "SECRET",
        conflicts_with_all = ["jwks_file", "jwks_url"])]
    pub jwt_secret: Option<SecretString>,

    /// A file with the JSON Web Key Set that RS256 or ES256 tokens are checked with.
    #[arg(long, env = "BUFDIR_JWKS_FILE", value_name = "FILE", conflicts_with = "jwks_url")]
    pub jwks_file: Option<PathBuf>,

    /// The address of such a key set, by https.
    #[arg(long, env = "BUFDIR_JWKS_URL", value_name = "URL")]
    pub jwks_url: Option<Url>,

    /// Algorithms that the key set may be used with.
    #[arg(
        long,
        env = "BUFDIR_JWT_ALGORITHMS",
        value_delimiter = ',',
        default_value = "RS256,ES256",
        value_name = "RS256,ES256"
    )]
    pub jwt_algorithms: Vec<PublicKeyAlgorithm>,

    /// What a token's issuer (iss) must be; not checked unless given.
    #[arg(long, env = "BUFDIR_JWT_ISSUER", value_name = "ISSUER")]
    pub jwt_issuer: Option<String>,

    /// What a token's audience (aud) must be or contain; not checked unless given.
    #[arg(long, env = "BUFDIR_JWT_AUDIENCE", value_name = "AUDIENCE")]
    pub jwt_audience: Option<String>,

    /// The claim with the user's id (a UUID), as a path: sub, or app_metadata.user_id.
    #[arg(long, env = "BUFDIR_JWT_USER_CLAIM", default_value = "sub", value_name = "PATH")]
    pub jwt_user_claim: ClaimPath,

    /// The claim with the organization's id or slug; a token may lack it.
    #[arg(
        long,
        env = "BUFDIR_JWT_ORGANIZATION_CLAIM",
        default_value = "organization_id",
        value_name = "PATH"
    )]
    pub jwt_organization_claim: ClaimPath,

    /// Seconds by which the issuer's clock may be off, 300 at most.
    #[arg(long, env = "BUFDIR_JWT_LEEWAY", default_value_t = 30, value_name = "SECONDS")]
    pub jwt_leeway: u64,
}

impl LoginSettings {
    /// What tokens are checked with; `None` where nothing is configured.
    pub fn key(&self) -> Option<KeySource> {
        let algorithms = self.jwt_algorithms.clone();
        if let Some(secret) = &self.jwt_secret {
            return Some(KeySource::Secret(bytes(secret)));
        }
        if let Some(path) = self.jwks_file.clone() {
            return Some(KeySource::JwksFile { path, algorithms });
        }
        let url = self.jwks_url.clone()?;
        Some(KeySource::JwksUrl { url, algorithms })
    }

    /// The settings with this key.
    pub fn with(&self, key: KeySource) -> AuthSettings {
        AuthSettings {
            issuer: self.jwt_issuer.clone(),
            audience: self.jwt_audience.clone(),
            user_claim: self.jwt_user_claim.clone(),
            organization_claim: self.jwt_organization_claim.clone(),
            leeway: Duration::from_secs(self.jwt_leeway),
            ..AuthSettings::new(key)
        }
    }
}

/// A configured secret as whoever signs with it takes it.
pub fn bytes(secret: &SecretString) -> SecretSlice<u8> {
    secret.expose_secret().as_bytes().to_vec().into()
}

/// What is written to the log, on standard error.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Log")]
pub struct LogSettings {
    /// What to log: error, warn, info, debug, or by module (info,bufdir_reports=debug).
    #[arg(
        long,
        env = "BUFDIR_LOG",
        default_value = "info",
        global = true,
        value_name = "FILTER"
    )]
    pub log: String,

    /// How to write it.
    #[arg(
        long,
        env = "BUFDIR_LOG_FORMAT",
        default_value = "text",
        global = true,
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// An object per line, for a collector.
    Json,
}
