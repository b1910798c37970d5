//! From a challenge to the `Authorization` that answers it.

use super::challenge::Challenge;
use super::logins::Account;
use crate::diag::{Diagnostic, Kind};
use crate::repo::credentials::Login;
use crate::repo::http::{Get, Http, Tls, refused};
use crate::sensitive::Sensitive;
use serde::Deserialize;
use url::Url;

/// What a token's answer may have, in bytes.
const TOKEN_LIMIT: u64 = 1 << 20;

/// The name by which token servers know this program.
const CLIENT: &str = "rollbook";

/// Who asks whom for what.
pub struct Asking<'a> {
    /// The connection.
    pub http: &'a Http,
    /// Its certificates.
    pub tls: &'a Tls,
    /// The registry.
    pub registry: &'a Url,
    /// Whether a token may come without TLS.
    pub plain: bool,
    /// Who we are, where somebody knows.
    pub known: Option<&'a Account>,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: Sensitive<String>,
    #[serde(default)]
    access_token: Sensitive<String>,
}

/// Where tokens are given, for whom, and for what.
struct Counter {
    realm: Url,
    fields: Vec<(&'static str, String)>,
}

impl Asking<'_> {
    /// The value of `Authorization` that the challenge wants; `None` where we have none to give.
    pub async fn answer(
        &self,
        challenge: &Challenge,
        scope: &str,
    ) -> Result<Option<Sensitive<String>>, Diagnostic> {
        let bearer =
            |token: &Sensitive<String>| Sensitive::new(format!("Bearer {}", token.reveal()));
        match (challenge, self.known) {
            (_, Some(Account::Bearer(token))) => Ok(Some(bearer(token))),
            (Challenge::Basic, Some(Account::Password { user, password })) => {
                Ok(Some(Sensitive::new(self.login(user, password).basic())))
            }
            (Challenge::Basic, _) => Ok(None),
            (bearer_challenge, _) => {
                let counter = self.counter(bearer_challenge, scope)?;
                Ok(Some(bearer(&self.token(&counter).await?)))
            }
        }
    }

    fn login(&self, user: &str, password: &Sensitive<String>) -> Login {
        Login::new(self.registry.clone(), user.to_owned(), password.clone())
    }

    fn counter(&self, challenge: &Challenge, scope: &str) -> Result<Counter, Diagnostic> {
        let Challenge::Bearer {
            realm,
            service,
            scope: told,
        } = challenge
        else {
            return Err(self.odd("it asks for no token"));
        };
        let realm = Url::parse(realm).map_err(|_| self.odd("its token server is not a URL"))?;
        match realm.scheme() {
            "https" => {}
            // A password must not travel in the clear because a registry says so.
            "http" if self.plain => {}
            _ => return Err(self.odd("its token server is not https")),
        }
        let scope = told.clone().unwrap_or_else(|| scope.to_owned());
        let mut fields = vec![("scope", scope)];
        fields.extend(service.clone().map(|service| ("service", service)));
        Ok(Counter { realm, fields })
    }

    async fn token(&self, counter: &Counter) -> Result<Sensitive<String>, Diagnostic> {
        let answer = match self.known {
            Some(Account::Refresh(token)) => self.refresh(counter, token).await?,
            Some(Account::Password { user, password }) => {
                self.get(counter, Some(&self.login(user, password))).await?
            }
            _ => self.get(counter, None).await?,
        };
        let token: Result<Token, _> = serde_json::from_slice(&answer);
        let token = token.map_err(|_| self.odd("its token server does not answer in JSON"))?;
        let given = [token.token, token.access_token];
        let given = given.into_iter().find(|token| !token.reveal().is_empty());
        given.ok_or_else(|| self.odd("its token server gives no token"))
    }

    async fn get(&self, counter: &Counter, login: Option<&Login>) -> Result<Vec<u8>, Diagnostic> {
        let mut url = counter.realm.clone();
        url.query_pairs_mut().extend_pairs(&counter.fields);
        let get = Get::new(&url, self.tls, TOKEN_LIMIT).login(login);
        let answer = self.http.send(&get).await?;
        match answer.status.is_success() {
            true => Ok(answer.body.to_vec()),
            false => Err(refused(&counter.realm, answer.status, login)),
        }
    }

    async fn refresh(
        &self,
        counter: &Counter,
        token: &Sensitive<String>,
    ) -> Result<Vec<u8>, Diagnostic> {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT),
            ("refresh_token", token.reveal()),
        ];
        form.extend(
            counter
                .fields
                .iter()
                .map(|(key, value)| (*key, value.as_str())),
        );
        let get = Get::new(&counter.realm, self.tls, TOKEN_LIMIT);
        let answer = self.http.post(&get, &form).await?;
        match answer.status.is_success() {
            true => Ok(answer.body.to_vec()),
            false => Err(refused(&counter.realm, answer.status, None)),
        }
    }

    fn odd(&self, why: &str) -> Diagnostic {
        let host = self.registry.authority();
        Diagnostic::new(Kind::Unreachable, format!("registry {host} can't be asked")).note(why)
    }
}
