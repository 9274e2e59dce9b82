//! A Postgres that writes its messages in Norwegian, for a test process that [`asked_for`] it.
//!
//! Postgres is translated into a dozen languages, and Norwegian is none of them. So the catalogue of messages is ours, and
//! the locale is compiled for the server alone: nothing need be installed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Set in the environment of a test process whose Postgres shall write Norwegian.
pub const VARIABLE: &str = "POSTGRES_IN_NORWEGIAN";

/// Whether this process's Postgres writes Norwegian.
#[expect(
    clippy::disallowed_methods,
    reason = "a setting of the tests, which config.rs knows nothing of"
)]
pub fn asked_for() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// What Postgres writes in the tests, in the order of its bytes, with what it writes in Norwegian.
const MESSAGES: [(&str, &str); 9] = [
    ("", "Content-Type: text/plain; charset=UTF-8\n"),
    (
        "date/time field value out of range: \"%s\"",
        "dato eller tid utenfor området: «%s»",
    ),
    ("division by zero", "deling på null"),
    (
        "duplicate key value violates unique constraint \"%s\"",
        "duplisert nøkkelverdi bryter den unike skranken «%s»",
    ),
    (
        "invalid byte sequence for encoding \"%s\": %s",
        "ugyldig bytesekvens for kodingen «%s»: %s",
    ),
    (
        "invalid input syntax for type %s: \"%s\"",
        "ugyldig skrivemåte for typen %s: «%s»",
    ),
    (
        "new row for relation \"%s\" violates check constraint \"%s\"",
        "ny rad i relasjonen «%s» bryter kontrollskranken «%s»",
    ),
    (
        "new row violates row-level security policy for table \"%s\"",
        "ny rad bryter radsikkerheten for tabellen «%s»",
    ),
    ("permission denied for table %s", "ingen tilgang til tabellen %s"),
];

/// Starts the server of a stopped cluster in the embedded Postgres's folder. The janitor of [`super::cluster`] stops it.
pub fn start(folder: &Path, programs: &Path, major: u32) {
    let locale = folder.join("nb_NO.UTF-8");
    let compiled = Command::new("localedef")
        .args(["-i", "nb_NO", "-f", "UTF-8"])
        .arg(&locale)
        .output();
    assert!(
        compiled.is_ok() && locale.exists(),
        "glibc's localedef and its locale sources are needed (`make test` installs them): {compiled:?}"
    );
    let messages = folder.join("nb/LC_MESSAGES");
    fs::create_dir_all(&messages).unwrap();
    fs::write(messages.join(format!("postgres-{major}.mo")), catalogue()).unwrap();

    let owner = fs::metadata(folder.join("cluster")).unwrap();
    let log = fs::File::create(folder.join("norwegian.log")).unwrap();
    #[expect(
        clippy::zombie_processes,
        reason = "it outlives this process, and the janitor stops it"
    )]
    Command::new(programs.join("postgres"))
        .arg("-D")
        .arg(folder.join("cluster"))
        .arg("-k")
        .arg(folder)
        .args([
            "-c",
            "lc_messages=nb_NO.UTF-8",
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
        ])
        .args(["-c", "max_connections=400", "-c", "timezone=UTC"])
        .env_clear()
        .env("LOCPATH", folder)
        // Where gettext looks for it, seen from the folder of Postgres's own catalogues, wherever that is.
        .env("LANGUAGE", format!("{}{}/nb", "../".repeat(20), folder.display()))
        .uid(owner.uid())
        .gid(owner.gid())
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
}

/// [`MESSAGES`] as gettext reads them (a `.mo` file): a header, where the sorted originals stand, where the translations
/// stand, and then all of them, each ended by a NUL.
fn catalogue() -> Vec<u8> {
    const HEADER: usize = 28;
    let count = MESSAGES.len();
    let header = [0x9504_12de, 0, count, HEADER, HEADER + 8 * count, 0, HEADER];
    let (mut places, mut texts) = (Vec::new(), Vec::new());
    let (originals, translations): (Vec<_>, Vec<_>) = MESSAGES.into_iter().unzip();
    for text in originals.into_iter().chain(translations) {
        places.extend([text.len(), HEADER + 16 * count + texts.len()]);
        texts.extend_from_slice(text.as_bytes());
        texts.push(0);
    }
    let numbers = header
        .into_iter()
        .chain(places)
        .map(|number| u32::try_from(number).unwrap());
    numbers.flat_map(u32::to_le_bytes).chain(texts).collect()
}
