//! `serve` and `work`: the long-running commands.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::place::{self, Place};
use super::{Failure, key, workers};
use crate::auth::{AuthSettings, Verifier};
use crate::changes::Changes;
use crate::clock::{Clock, SystemClock};
use crate::config::{DataSettings, HttpSettings, LoginSettings};
use crate::db::Database;
use crate::export::link::LinkKey;
use crate::export::storage::Storage;
use crate::export::{self, DownloadLinks, DownloadState};
use crate::graphql;
use crate::http::{self, Api, Bounds, Parts};

/// How long requests may take to finish once the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// Runs the API at an address, with workers in the same process.
///
/// Refuses to start as a database role that row-level security does not hold for, and without a way to log in.
#[derive(Args, Debug)]
pub struct Serve {
    #[command(flatten)]
    http: HttpSettings,
    #[command(flatten)]
    data: DataSettings,
    #[command(flatten)]
    login: LoginSettings,
}

/// Runs workers alone: they generate reports and render files, and serve nobody.
#[derive(Args, Debug)]
pub struct Work {
    #[command(flatten)]
    data: DataSettings,
}

impl Serve {
    /// Serves until a signal says stop.
    pub async fn run(self) -> Result<(), Failure> {
        let settings = key::login(&self.data, &self.login)?;
        let place = Place::open(&self.data).await?;
        let server = Server::start(&self.http, &self.data, place.database().await?, settings).await?;
        tracing::info!(address = self.http.public_url(), "serving");
        server.run().await?;
        place.close().await
    }
}

impl Work {
    /// Works until a signal says stop.
    pub async fn run(self) -> Result<(), Failure> {
        let place = Place::open(&self.data).await?;
        let database = place.database().await?;
        let stopping = CancellationToken::new();
        let signal = stop_signal()?;
        let until = stopping.clone();
        tokio::spawn(async move {
            signal.await;
            until.cancel();
        });
        tracing::info!("working");
        workers::run(database, place::storage(&self.data)?, stopping).await;
        place.close().await
    }
}

/// A server that listens already, so that its address can be told before it answers.
pub struct Server {
    listener: TcpListener,
    router: Router,
    database: Database,
    storage: Storage,
    stopping: CancellationToken,
}

impl Server {
    /// Listens.
    pub async fn start(
        http: &HttpSettings,
        data: &DataSettings,
        database: Database,
        login: AuthSettings,
    ) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let verifier = Verifier::new(login, clock.now()).await?;
        let storage = place::storage(data)?;
        let key = LinkKey::new(key::links(data)?)?;
        let links = DownloadLinks {
            key: key.clone(),
            address: http.public_url(),
        };
        let schema = graphql::builder(http.limits())
            .data(Changes::start(database.clone()))
            .data(links)
            .finish();
        let downloads = export::router(DownloadState {
            database: database.clone(),
            clock: Arc::clone(&clock),
            storage: storage.clone(),
            key,
        });
        let stopping = CancellationToken::new();
        let api = Api::new(Parts {
            schema,
            database: database.clone(),
            clock,
            verifier,
            bounds: bounds(http)?,
            stopping: stopping.clone(),
        });
        let listener = TcpListener::bind(http.listen)
            .await
            .map_err(|error| format!("The address {} cannot be listened on: {error}", http.listen))?;
        Ok(Self {
            listener,
            router: http::router(api, downloads),
            database,
            storage,
            stopping,
        })
    }

    /// Answers and works until a signal says stop, then lets running requests finish, for ten seconds at most.
    pub async fn run(self) -> Result<(), Failure> {
        let signal = stop_signal()?;
        let stopping = self.stopping.clone();
        tokio::spawn(async move {
            signal.await;
            stopping.cancel();
        });
        let working = tokio::spawn(workers::run(self.database, self.storage, self.stopping.clone()));
        let stopped = self.stopping.clone().cancelled_owned();
        let serving = axum::serve(self.listener, self.router).with_graceful_shutdown(stopped);
        let too_late = async {
            self.stopping.cancelled().await;
            tokio::time::sleep(FAREWELL).await;
        };
        tokio::select! {
            outcome = async { tokio::try_join!(serving.into_future(), async { Ok(working.await?) }) } => {
                outcome.map(drop)?;
            }
            () = too_late => tracing::warn!("what did not finish in time was broken off"),
        }
        Ok(())
    }
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

/// Ends with the first Ctrl-C or SIGTERM.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
