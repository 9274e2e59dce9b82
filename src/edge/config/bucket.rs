//! Settings of a bucket's service, where files are stored in one.

use clap::Args;
use clap::builder::BoolishValueParser;

use secrecy::{ExposeSecret, SecretString};

/// How the bucket of `s3://` is reached. Whatever else of the usual `AWS_*` variables is set counts as well.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Bucket")]
pub struct BucketSettings {
    /// The address of the S3-compatible service (https://s3.example.org). Amazon's of the region unless given;
    /// AWS_ENDPOINT_URL counts too.
    #[arg(long, env = "AWS_ENDPOINT_URL_S3", value_name = "URL")]
    pub s3_endpoint: Option<String>,

    /// The bucket's region. us-east-1 unless given; most services other than Amazon's don't care.
    #[arg(long, env = "AWS_REGION", value_name = "REGION")]
    pub s3_region: Option<String>,

    /// Whom the service knows the server as.
    ///
    /// Without it and its secret: what the machine, container or web identity is given by the cloud it runs in.
    #[arg(
        long,
        env = "AWS_ACCESS_KEY_ID",
        value_name = "ID",
        requires = "s3_secret_access_key"
    )]
    pub s3_access_key_id: Option<String>,

    /// The secret that goes with it. Better by the environment: flags can be seen by the machine's other users.
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true, value_name = "SECRET")]
    pub s3_secret_access_key: Option<SecretString>,

    /// Lets the endpoint be http: for a service on the same machine, or behind a network that can be trusted.
    #[arg(long, env = "AWS_ALLOW_HTTP", value_parser = BoolishValueParser::new())]
    pub s3_allow_http: bool,

    /// The bucket is a part of the endpoint's host name (https://bucket.s3.example.org) instead of its path's beginning.
    #[arg(long, env = "AWS_VIRTUAL_HOSTED_STYLE_REQUEST", value_parser = BoolishValueParser::new())]
    pub s3_virtual_hosted_style: bool,
}

impl BucketSettings {
    /// What was given, as [`Storage::open`](crate::export::storage::Storage::open) takes it.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        let secret = self.s3_secret_access_key.as_ref();
        let given = [
            ("aws_endpoint_url_s3", self.s3_endpoint.clone()),
            ("aws_region", self.s3_region.clone()),
            ("aws_access_key_id", self.s3_access_key_id.clone()),
            (
                "aws_secret_access_key",
                secret.map(|secret| secret.expose_secret().to_owned()),
            ),
            ("aws_allow_http", self.s3_allow_http.then(|| true.to_string())),
            (
                "aws_virtual_hosted_style_request",
                self.s3_virtual_hosted_style.then(|| true.to_string()),
            ),
        ];
        given
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        bucket: BucketSettings,
    }

    #[test]
    fn what_is_given_is_passed_on_and_the_secret_is_not_printed() {
        let command = Command::parse_from([
            "command",
            "--s3-endpoint=http://127.0.0.1:9000",
            "--s3-access-key-id=key",
            "--s3-secret-access-key=geheim",
            "--s3-allow-http",
        ]);
        let options = command.bucket.options();
        for expected in [
            ("aws_endpoint_url_s3", "http://127.0.0.1:9000"),
            ("aws_access_key_id", "key"),
            ("aws_secret_access_key", "geheim"),
            ("aws_allow_http", "true"),
        ] {
            assert!(options.contains(&(expected.0, expected.1.to_owned())), "{}", expected.0);
        }
        assert!(!format!("{:?}", command.bucket).contains("geheim"));
    }
}
