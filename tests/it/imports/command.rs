//! The command as an operator runs it, and what becomes of the rows that it skips.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bufdir_reports::kernel::migrate;

use super::*;

/// A place, and a folder with a file of one good activity and a bad one.
struct Run {
    place: Place,
    folder: tempfile::TempDir,
}

impl Run {
    async fn prepared() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bad = "A2;31.04.2025;60;oppsøkende;;fysisk;godkjent;L001;likeperson@horsel.example;;1;Besøk";
        fs::write(folder.path().join("activities.csv"), file(&[GOOD, bad])).unwrap();
        let place = Place::with_demo_data().await;
        Self { place, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Imports the file and skips what is bad into another; whether that was done, and what was said.
    fn skips_into(&self, skipped: &Path) -> (bool, String) {
        self.import(&["--skip-bad", skipped.to_str().unwrap()])
    }

    fn import(&self, more: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_bufdir-reports"))
            .arg("import")
            .arg(self.path("activities.csv"))
            .args(["--organization", self.place.organization.slug])
            .args(more)
            .env("DATABASE_URL", self.place.database.url(migrate::APP))
            .env("DATABASE_OWNER_URL", self.place.database.url(migrate::OWNER))
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    }

    async fn imported(&self) -> i64 {
        let sql = "select count(*) from activities where organization_id = $1 and external_ref in ('A1', 'A2')";
        self.place.number(sql).await
    }
}

#[tokio::test]
async fn skipped_rows_are_in_their_file_and_the_others_loaded() {
    let run = Run::prepared().await;
    let skipped = run.path("skipped.csv");
    let (done, said) = run.skips_into(&skipped);
    assert!(done, "{said}");
    assert!(said.contains("1 row(s) were skipped; they are in"), "{said}");
    assert!(
        said.contains("line 3, dato: \"31.04.2025\" is not in the calendar"),
        "{said}"
    );
    assert!(said.contains("1 new, 0 changed, 0 as before."), "{said}");
    assert_eq!(run.imported().await, 1);
    let written = fs::read_to_string(&skipped).unwrap();
    assert!(
        written.contains("A2;31.04.2025") && !written.contains("A1;"),
        "{written}"
    );

    // It would be overwritten with the next file's.
    let (done, said) = run.skips_into(&skipped);
    assert!(!done && said.contains("is there already"), "{said}");
    assert_eq!(fs::read_to_string(&skipped).unwrap(), written);
}

#[tokio::test]
async fn nothing_is_loaded_where_skipped_rows_cannot_be_written() {
    let run = Run::prepared().await;
    for (path, reason) in [
        ("/nonexistent/x.csv", "--skip-bad /nonexistent/x.csv: No such file"),
        ("/", "--skip-bad /: Is a directory"),
        (
            "/dev/full",
            "nothing was imported: the skipped rows could not be written to /dev/full: No space left",
        ),
    ] {
        let (done, said) = run.skips_into(Path::new(path));
        assert!(!done && said.contains(reason), "{said}");
        assert_eq!(run.imported().await, 0, "{path}");
    }
}

#[tokio::test]
async fn the_file_itself_is_no_place_for_skipped_rows() {
    let run = Run::prepared().await;
    let file = run.path("activities.csv");
    let before = fs::read(&file).unwrap();
    std::os::unix::fs::symlink(&file, run.path("symbolic.csv")).unwrap();
    fs::hard_link(&file, run.path("hard.csv")).unwrap();
    for name in ["activities.csv", "symbolic.csv", "hard.csv"] {
        let (done, said) = run.skips_into(&run.path(name));
        assert!(!done && said.contains("is the very file that is imported"), "{said}");
    }
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(run.imported().await, 0);
}

/// A file that was not needed is not left behind.
#[tokio::test]
async fn no_file_is_made_for_no_skipped_rows() {
    let run = Run::prepared().await;
    let skipped = run.path("skipped.csv");
    fs::write(run.path("activities.csv"), file(&[GOOD])).unwrap();
    let (done, said) = run.skips_into(&skipped);
    assert!(done, "{said}");
    assert!(!skipped.exists());
    fs::write(run.path("activities.csv"), "referanse;ukjent\n").unwrap();
    let (done, said) = run.skips_into(&skipped);
    assert!(!done && said.contains("the column is unknown"), "{said}");
    assert!(!skipped.exists());
}

#[tokio::test]
async fn removed_days_are_told() {
    let run = Run::prepared().await;
    let of_the_next_day = GOOD.replace("17.05.2025", "18.05.2025");
    fs::write(run.path("activities.csv"), file(&[GOOD, &of_the_next_day])).unwrap();
    let (done, said) = run.import(&[]);
    assert!(done && !said.contains("removed"), "{said}");
    fs::write(run.path("activities.csv"), file(&[GOOD])).unwrap();
    let (done, said) = run.import(&[]);
    assert!(done && said.contains("0 new, 1 changed, 0 as before."), "{said}");
    assert!(said.contains("1 day(s) of the changed activities removed"), "{said}");
}
