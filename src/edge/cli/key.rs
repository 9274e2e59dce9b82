//! Keys that the data folder keeps, readable by their owner alone.
//!
//! The development key signs tokens where no identity provider stands beside the service. `demo` alone makes it, so that
//! a server never takes development tokens without somebody having asked for it.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use login::{AuthSettings, KeySource};
use rand::TryRng;
use rand::rngs::SysRng;
use secrecy::SecretSlice;

use super::Failure;
use crate::edge::config::{DataSettings, LoginSettings, bytes};
use crate::export::download::link::LinkKey;

const DEVELOPMENT_KEY: &str = "development.key";
const LINK_KEY: &str = "links.key";

/// In bytes; as long as HS256's hash.
const LENGTH: usize = 32;

/// What tokens are checked with: what is configured, else the development key where there is one.
pub fn login(data: &DataSettings, login: &LoginSettings) -> Result<AuthSettings, Failure> {
    if let Some(key) = login.key() {
        return Ok(login.with(key));
    }
    let Some(key) = read(data, DEVELOPMENT_KEY)? else {
        return Err(
            "Nobody could log in: set BUFDIR_JWT_SECRET, BUFDIR_JWKS_FILE or BUFDIR_JWKS_URL \
                    (`bufdir-reports serve --help`), or run `bufdir-reports demo` once, which makes a development key."
                .into(),
        );
    };
    Ok(login.with(KeySource::Secret(key)))
}

/// The development key, made now where it is missing.
pub fn make(data: &DataSettings) -> Result<SecretSlice<u8>, Failure> {
    make_file(data, DEVELOPMENT_KEY)
}

/// What download links are signed with: the configured secret, else one that the data folder keeps.
pub fn links(data: &DataSettings) -> Result<LinkKey, Failure> {
    let secret = match &data.link_secret {
        Some(secret) => bytes(secret),
        None => make_file(data, LINK_KEY)?,
    };
    Ok(LinkKey::new(secret)?)
}

fn make_file(data: &DataSettings, name: &str) -> Result<SecretSlice<u8>, Failure> {
    if let Some(key) = read(data, name)? {
        return Ok(key);
    }
    let mut key = [0; LENGTH];
    SysRng.try_fill_bytes(&mut key)?;
    std::fs::create_dir_all(data.folder())?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(data.folder().join(name))?;
    file.write_all(hex::encode(key).as_bytes())?;
    Ok(key.to_vec().into())
}

fn read(data: &DataSettings, name: &str) -> Result<Option<SecretSlice<u8>>, Failure> {
    let path = data.folder().join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(hex::decode(text.trim())?.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("The key {} cannot be read: {error}", path.display()).into()),
    }
}
