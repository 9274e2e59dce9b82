//! The keys of the data folder. The development key signs tokens where no identity provider stands beside the service. It
//! is made by `demo` alone, so that a server never takes development tokens without somebody having asked for it.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;

use super::Failure;
use crate::auth::{AuthSettings, KeySource};
use crate::config::{DataSettings, LoginSettings};
use crate::secret::Secret;

/// In bytes; as long as HS256's hash.
const LENGTH: usize = 32;

/// What tokens are checked with: what is configured, else the development key where there is one.
pub fn login(data: &DataSettings, login: &LoginSettings) -> Result<AuthSettings, Failure> {
    if let Some(key) = login.key() {
        return Ok(login.with(key));
    }
    let Some(key) = read(&path(data))? else {
        return Err(
            "Nobody could log in: set BUFDIR_JWT_SECRET, BUFDIR_JWKS_FILE or BUFDIR_JWKS_URL \
                    (`bufdir-reports serve --help`), or run `bufdir-reports demo` once, which makes a development key."
                .into(),
        );
    };
    tracing::warn!("tokens are checked with the development key of the data folder");
    Ok(login.with(KeySource::Secret(key)))
}

/// The development key, made now where it is missing.
pub fn make(data: &DataSettings) -> Result<Secret, Failure> {
    read_or_make(&path(data))
}

/// The secret that download links are signed with: what is configured, else one of the data folder, made now where it is
/// missing. Servers beside each other need the same.
pub fn links(data: &DataSettings) -> Result<Secret, Failure> {
    match &data.link_secret {
        Some(secret) => Ok(secret.clone()),
        None => read_or_make(&data.folder().join("links.key")),
    }
}

fn read_or_make(path: &Path) -> Result<Secret, Failure> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let mut key = [0; LENGTH];
    SysRng.try_fill_bytes(&mut key)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(hex::encode(key).as_bytes())?;
    Ok(Secret::new(key))
}

fn read(path: &Path) -> Result<Option<Secret>, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Secret::new(hex::decode(text.trim())?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("The key {} cannot be read: {error}", path.display()).into()),
    }
}

fn path(data: &DataSettings) -> PathBuf {
    data.folder().join("development.key")
}
