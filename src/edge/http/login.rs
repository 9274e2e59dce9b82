//! From headers (or a websocket's opening words, which are turned into such) to who logged in.

use async_graphql::ServerError;
use axum::http::{HeaderMap, HeaderName};
use login::{OrganizationClaim, TokenError, bearer};

use super::Api;
use crate::edge::graphql::error::{extensions, visible};
use crate::kernel::context::Login;
use crate::kernel::db::Caller;
use crate::kernel::error::Error;
use crate::kernel::rules;

/// Names the organization, by id or slug; it goes before the token's claim.
pub const ORGANIZATION: HeaderName = HeaderName::from_static("x-organization-id");

/// Who logged in; `None` without a token. A token that is there and not good is an error, never an anonymous request.
pub async fn login(api: &Api, headers: &HeaderMap) -> Result<Option<Login>, ServerError> {
    let Some(token) = bearer(headers).map_err(refuse)? else {
        return Ok(None);
    };
    let parts = api.parts();
    let identity = parts.verifier.verify(token, parts.clock.now()).await.map_err(refuse)?;
    let organization = wished(headers)?.or(identity.organization);
    Ok(Some(Login {
        caller: Caller {
            user_id: identity.user.0,
            organization: organization.map(|claim| claim.to_string()),
        },
        expires_at: identity.expires_at,
    }))
}

fn wished(headers: &HeaderMap) -> Result<Option<OrganizationClaim>, ServerError> {
    let Some(value) = headers.get(ORGANIZATION) else {
        return Ok(None);
    };
    let claim = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    claim
        .map(Some)
        .ok_or_else(|| visible(&Error::rule(rules::ORGANIZATION_UNKNOWN)))
}

fn refuse(error: TokenError) -> ServerError {
    tracing::info!(reason = error.reason(), "a token was refused");
    if error == TokenError::KeysUnavailable {
        return visible(&Error::Unavailable(error.to_string()));
    }
    let mut shown = visible(&Error::Unauthenticated(error.to_string()));
    extensions(&mut shown).set("reason", error.reason());
    shown
}
