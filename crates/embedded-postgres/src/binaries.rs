//! Finds a Postgres server's programs on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::PostgresError;

/// The schema needs what Postgres 15 brought (`security_invoker` views, `unique nulls not distinct`).
const OLDEST: u32 = 15;
/// A folder with all of them is a server's own; a folder of wrappers, or of a client alone, lacks one.
const PROGRAMS: [&str; 3] = ["postgres", "initdb", "pg_ctl"];
/// Where packages put the server outside of PATH; `*` stands for the version. Debian, PGDG's RPMs, Alpine, a build from
/// source, Homebrew (on ARM, Intel, Linux), Postgres.app.
const PACKAGES: [&str; 8] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// A folder with a server's programs.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    pub(super) folder: PathBuf,
    /// The major version, such as 15.
    pub(super) major: u32,
}

impl Binaries {
    /// The first that fits in PATH, else the newest of the packages'. A cluster needs its own major version.
    pub(super) fn find(cluster: Option<u32>) -> Result<Self, PostgresError> {
        choose(installed(&path_folders()), cluster)
    }

    pub(super) fn server(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    fn in_folder(folder: &Path) -> Option<Self> {
        // A link, as Homebrew makes it, leads to the folder with the server's other programs.
        let server = fs::canonicalize(folder.join("postgres")).ok()?;
        let folder = [server.parent()?, folder]
            .into_iter()
            .find(|folder| has_all_programs(folder))?
            .to_owned();
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let major = major_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { folder, major })
    }
}

fn has_all_programs(folder: &Path) -> bool {
    PROGRAMS.iter().all(|program| folder.join(program).is_file())
}

fn choose(installed: Vec<Binaries>, cluster: Option<u32>) -> Result<Binaries, PostgresError> {
    let usable: Vec<_> = installed
        .into_iter()
        .filter(|binaries| binaries.major >= OLDEST)
        .collect();
    if usable.is_empty() {
        let looked_in = path_folders().into_iter().chain(PACKAGES.map(PathBuf::from)).collect();
        return Err(PostgresError::NoBinaries {
            oldest: OLDEST,
            looked_in,
        });
    }
    let found = usable.iter().map(|binaries| binaries.major).collect();
    let mut fitting = usable
        .into_iter()
        .filter(|binaries| cluster.is_none_or(|major| binaries.major == major));
    fitting.next().ok_or_else(|| PostgresError::OtherVersion {
        cluster: cluster.unwrap_or(OLDEST),
        found,
    })
}

/// PATH's in its order, then the packages' from the newest to the oldest.
fn installed(path_folders: &[PathBuf]) -> Vec<Binaries> {
    let in_path = path_folders.iter().filter_map(|folder| Binaries::in_folder(folder));
    let mut packaged: Vec<_> = PACKAGES
        .iter()
        .flat_map(|pattern| expand(pattern))
        .filter_map(|folder| Binaries::in_folder(&folder))
        .collect();
    packaged.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
    in_path.chain(packaged).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "PATH is no setting of this program: it is where programs are looked up"
)]
fn path_folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect()
}

/// The folders that a pattern with at most one `*` names.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let matching = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    matching
        .map(|entry| entry.path().join(after.trim_start_matches('/')))
        .collect()
}

/// From `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `postgres (PostgreSQL) 19beta1`.
fn major_version(output: &str) -> Option<u32> {
    let version = output.split_once("(PostgreSQL) ")?.1;
    version
        .split(|character: char| !character.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binaries(major: u32) -> Binaries {
        Binaries {
            folder: format!("/pg/{major}").into(),
            major,
        }
    }

    #[test]
    fn the_major_version_is_read_from_releases_and_betas() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_version("psql: command not found"), None);
    }

    #[test]
    fn the_first_usable_version_is_chosen_for_a_new_cluster() {
        assert_eq!(
            choose(vec![binaries(14), binaries(16), binaries(18)], None)
                .unwrap()
                .major,
            16
        );
    }

    #[test]
    fn a_cluster_gets_the_version_that_made_it() {
        assert_eq!(choose(vec![binaries(18), binaries(15)], Some(15)).unwrap().major, 15);
        let error = choose(vec![binaries(18), binaries(16)], Some(15))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("made by Postgres 15, but only version 18, 16 was found"),
            "{error}"
        );
    }

    #[test]
    fn too_old_a_version_is_none() {
        let error = choose(vec![binaries(14)], None).unwrap_err().to_string();
        assert!(error.contains("no Postgres 15 or newer"), "{error}");
        assert!(
            error.contains("/usr/lib/postgresql/*/bin") && error.contains("make setup"),
            "{error}"
        );
    }

    #[test]
    fn a_folder_without_all_the_programs_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for program in ["postgres", "initdb"] {
            fs::write(folder.path().join(program), "").unwrap();
        }
        assert!(Binaries::in_folder(folder.path()).is_none());
    }

    #[test]
    fn a_pattern_names_the_folders_of_every_version() {
        let root = tempfile::tempdir().unwrap();
        for version in ["pg-15", "pg-16", "other"] {
            fs::create_dir(root.path().join(version)).unwrap();
        }
        let mut found = expand(&format!("{}/pg-*/bin", root.path().display()));
        found.sort();
        assert_eq!(found, [root.path().join("pg-15/bin"), root.path().join("pg-16/bin")]);
    }
}
