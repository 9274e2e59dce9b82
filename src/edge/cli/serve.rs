//! `serve` and `work`: the long-running commands.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use clap::Args;
use login::{AuthSettings, Verifier};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::place::DatabasePlace;
use super::{Failure, key, workers};
use crate::edge::config::{DataSettings, HttpSettings, LoginSettings, WorkSettings};
use crate::edge::graphql;
use crate::edge::http::{self, Api, Bounds, Parts, connections};
use crate::export::{self, DownloadLinks, DownloadState};
use crate::kernel::changes::Changes;
use crate::kernel::clock::{Clock, SystemClock};
use crate::kernel::db::Database;

/// How long requests may take to finish once the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// Runs the API at an address, with workers in the same process.
///
/// Refuses to start as a database role that row-level security does not hold for, and without a way to log in.
#[derive(Args, Debug)]
pub struct Serve {
    #[command(flatten)]
    pub http: HttpSettings,
    #[command(flatten)]
    pub data: DataSettings,
    #[command(flatten)]
    pub login: LoginSettings,
    #[command(flatten)]
    pub work: WorkSettings,
}

/// Runs workers alone: they generate reports and render files, and serve nobody.
#[derive(Args, Debug)]
pub struct Work {
    #[command(flatten)]
    data: DataSettings,
    #[command(flatten)]
    work: WorkSettings,
}

impl Serve {
    /// Serves until a signal says stop.
    pub async fn run(mut self) -> Result<(), Failure> {
        let login = key::login(&self.data, &self.login)?;
        let listener = listen(&mut self.http).await?;
        if self.login.key().is_none() {
            tracing::warn!("tokens are checked with the development key of the data folder");
        }
        let place = DatabasePlace::open(&self.data).await?;
        let database = place.database_for_requests(self.http.timeout()).await?;
        let server = Server::start(&self, listener, database, login).await?;
        tracing::info!(address = self.http.public_url(), "serving");
        server.run().await?;
        place.close().await
    }
}

impl Work {
    /// Works until a signal says stop.
    pub async fn run(self) -> Result<(), Failure> {
        let place = DatabasePlace::open(&self.data).await?;
        let storage = self.data.storage()?;
        let stopping = stopping()?;
        tracing::info!("working");
        workers::run(place.database().await?, storage, stopping, self.work.workers.max(1)).await;
        place.close().await
    }
}

/// A server that listens already, so that its address can be told before it answers.
pub struct Server {
    listener: TcpListener,
    router: Router,
    stopping: CancellationToken,
    workers: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts the workers, and makes ready to answer at the address that [`listen`] took.
    pub async fn start(
        settings: &Serve,
        listener: TcpListener,
        database: Database,
        login: AuthSettings,
    ) -> Result<Self, Failure> {
        let http = &settings.http;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let verifier = Verifier::new(login, clock.now()).await?;
        let stopping = stopping()?;
        let storage = settings.data.storage()?;
        let key = key::links(&settings.data)?;
        let links = DownloadLinks {
            key: key.clone(),
            address: http.public_url(),
        };
        let schema = graphql::schema(http.limits())
            .data(Changes::start(database.clone()))
            .data(links)
            .data(storage.clone())
            .finish();
        let downloads = export::router(DownloadState {
            database: database.clone(),
            clock: Arc::clone(&clock),
            storage: storage.clone(),
            key,
        });
        let api = Api::new(Parts {
            schema,
            database: database.clone(),
            clock,
            verifier,
            bounds: bounds(http)?,
            graphiql: http.graphiql_dir.clone(),
            stopping: stopping.clone(),
        });
        let working = workers::run(database, storage, stopping.clone(), settings.work.workers);
        Ok(Self {
            listener,
            router: http::router(api, downloads),
            stopping,
            workers: (settings.work.workers > 0).then(|| tokio::spawn(working)),
        })
    }

    /// Answers until a signal says stop, then lets running requests and jobs finish: requests for ten seconds at most.
    pub async fn run(self) -> Result<(), Failure> {
        let serving = connections::serve(self.listener, self.router, connections::PATIENCE, self.stopping.clone());
        let too_late = async {
            self.stopping.cancelled().await;
            tokio::time::sleep(FAREWELL).await;
        };
        tokio::select! {
            () = serving => {}
            () = too_late => tracing::warn!("requests that did not finish in time were broken off"),
        }
        if let Some(workers) = self.workers {
            workers.await?;
        }
        Ok(())
    }
}

/// Takes the address before anything else is made: one in use is noticed at once, and nothing is left behind. Whoever
/// connects already waits for the answer.
pub async fn listen(http: &mut HttpSettings) -> Result<TcpListener, Failure> {
    let refused = |error| {
        format!(
            "The address {} cannot be listened on: {error}. Choose another with --listen (BUFDIR_LISTEN).",
            http.listen
        )
    };
    let listener = TcpListener::bind(http.listen).await.map_err(refused)?;
    http.listen = listener.local_addr()?;
    Ok(listener)
}

fn bounds(http: &HttpSettings) -> Result<Bounds, Failure> {
    let origins = http.cors_origins.iter().map(|origin| HeaderValue::from_str(origin));
    Ok(Bounds {
        body: http.max_body,
        batch: http.max_batch,
        timeout: http.timeout(),
        cors_origins: origins.collect::<Result<_, _>>()?,
    })
}

/// Cancelled by the first Ctrl-C or SIGTERM.
fn stopping() -> Result<CancellationToken, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stopping = CancellationToken::new();
    let told = stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stopping)
}
