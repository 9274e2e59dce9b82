//! `demo`: everything in one process, with example data, and what a newcomer needs to begin.

use clap::Args;
use login::{AuthSettings, KeySource, OrganizationClaim};

use super::place::DatabasePlace;
use super::serve::{self, Serve, Server};
use super::token::{find, sign};
use super::{Failure, demo_data, key, print};

/// One person per role, in the largest of the example organizations: role, address, and the organization where the
/// person has none of their own.
const PEOPLE: [(&str, &str, Option<&str>); 5] = [
    ("coordinator", "koordinator@horsel.example", None),
    ("org_admin", "admin@horsel.example", None),
    ("peer_mentor", "likeperson@horsel.example", None),
    ("global_admin with support access", demo_data::SUPPORT, Some("horsel")),
    ("org_admin of the test organization", "admin@norse-test.example", None),
];

const FIRST_QUERY: &str = r#"{"query": "{ viewer { name role rights organization { name } } }"}"#;

/// Starts Postgres in the data folder, loads example data once, serves, and prints addresses, tokens and a query.
#[derive(Args, Debug)]
pub struct Demo {
    /// How many activities to make, the first time; unless given 100,000, to which the example organizations' real sizes
    /// come.
    #[arg(long, value_name = "NUMBER")]
    activities: Option<u64>,
    #[command(flatten)]
    serve: Serve,
}

impl Demo {
    /// Runs until a signal says stop.
    pub async fn run(mut self) -> Result<(), Failure> {
        let listener = serve::listen(&mut self.serve.http).await?;
        let place = DatabasePlace::open(&self.serve.data).await?;
        let login = match self.serve.login.key() {
            Some(key) => self.serve.login.with(key),
            None => self.serve.login.with(KeySource::Secret(key::make(&self.serve.data)?)),
        };
        let database = place.database_for_requests(self.serve.http.timeout()).await?;
        let is_new = demo_data::load(&database, place.owner().await?, self.activities).await?;
        if let (false, Some(number)) = (is_new, self.activities) {
            eprintln!("The example data is there already: --activities {number} is ignored.");
        }
        let server = Server::start(&self.serve, listener, database, login.clone()).await?;
        print(&self.welcome(&place, &login).await?)?;
        server.run().await?;
        place.close().await
    }

    async fn welcome(&self, place: &DatabasePlace, login: &AuthSettings) -> Result<String, Failure> {
        let address = self.serve.http.public_url();
        let folder = self.serve.data.data_dir.as_ref();
        let folder = folder.map_or_else(String::new, |folder| format!(" --data-dir {}", folder.display()));
        let mut text = format!(
            "\nbufdir-reports is ready.\n\n  GraphiQL   {address}/graphiql\n  GraphQL    {address}/graphql\n  \
             Database   psql \"$(bufdir-reports database-url{folder})\"\n\nTokens, good for seven days:\n"
        );
        let mut first = None;
        for (role, email, organization) in PEOPLE {
            let organization = organization.map(str::parse::<OrganizationClaim>).transpose()?;
            let token = sign(login, find(place.owner().await?, email).await?, organization.as_ref())?;
            text.push_str(&format!("\n{role} ({email})\n{token}\n"));
            first.get_or_insert(token);
        }
        let token = first.unwrap_or_default();
        text.push_str(&format!(
            "\nA query to begin with:\n\ncurl {address}/graphql -H 'Content-Type: application/json' \\\n  \
             -H 'Authorization: Bearer {token}' \\\n  -d '{FIRST_QUERY}'\n\nCtrl-C stops it all.\n\n"
        ));
        Ok(text)
    }
}
