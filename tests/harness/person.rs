//! A person with a browser.

use ::server::demo::{Answer, Browser, Form};

use crate::{PASSWORD, RelyingParty, TestServer};

/// A person with a browser and a password.
#[derive(Debug, Clone)]
pub struct Person {
    /// What they sign in with.
    pub username: String,
    /// Their `sub`.
    pub id: String,
    /// Their browser.
    pub browser: Browser,
    /// The server they visit.
    pub url: String,
}

impl Person {
    pub(crate) fn new(server: &TestServer, username: &str, id: &str) -> Self {
        Self {
            username: username.to_owned(),
            id: id.to_owned(),
            browser: server.browser(),
            url: server.url.clone(),
        }
    }

    /// The same person at another machine.
    #[must_use]
    pub fn elsewhere(&self) -> Self {
        Self { browser: Browser::new(&self.url).unwrap(), ..self.clone() }
    }

    /// Somebody who types another name, at a machine of their own.
    #[must_use]
    pub fn called(&self, username: &str) -> Self {
        Self { username: username.to_owned(), ..self.elsewhere() }
    }

    /// Follows redirects as long as they stay on the server.
    pub async fn follow(&self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            match answer.location() {
                Some(next) if next.as_str().starts_with(&self.url) => {
                    answer = self.browser.get(next.as_str()).await.unwrap();
                }
                Some(_) | None => return answer,
            }
        }
        panic!("the server redirects in circles: {}", answer.url);
    }

    /// Opens the page at `path` of the server and follows.
    pub async fn visit(&self, path: &str) -> Answer {
        self.open(&format!("{}{path}", self.url)).await
    }

    /// Posts `form` and follows.
    pub async fn submit(&self, form: &Form) -> Answer {
        let answer = self.browser.post(form).await.unwrap();
        self.follow(answer).await
    }

    /// Signs in to the control center; the page that is shown then.
    pub async fn enter_console(&self) -> Answer {
        let page = self.visit("/console").await;
        self.sign_in_with(&page, PASSWORD).await
    }

    /// Opens `url` and follows.
    pub async fn open(&self, url: &str) -> Answer {
        let answer = self.browser.get(url).await.unwrap();
        self.follow(answer).await
    }

    /// Fills in the sign-in page that `page` is.
    pub async fn sign_in_with(&self, page: &Answer, password: &str) -> Answer {
        let form = page
            .form_with("login-submit")
            .unwrap_or_else(|| panic!("no sign-in form: {} {}", page.status, page.body))
            .fill("username", &self.username)
            .fill("password", password);
        self.submit(&form).await
    }

    /// Answers the consent page that `page` is with `once`, `always` or `deny`.
    pub async fn decide(&self, page: &Answer, decision: &str) -> Answer {
        let form = page
            .form_with("consent-deny")
            .unwrap_or_else(|| panic!("no consent form: {} {}", page.status, page.body))
            .fill("decision", decision);
        self.submit(&form).await
    }

    /// Goes wherever an authorization request leads, signing in and approving once
    /// where asked; ends at the answer that leads back to the application.
    pub async fn authorize(&self, url: &str) -> Answer {
        let mut answer = self.open(url).await;
        if answer.form_with("login-submit").is_some() {
            answer = self.sign_in_with(&answer, PASSWORD).await;
        }
        if answer.form_with("consent-deny").is_some() {
            answer = self.decide(&answer, "once").await;
        }
        answer
    }

    /// Signs in on the pages of the server, for no application in particular.
    pub async fn sign_in(&self) -> Answer {
        let page = self.visit("/login").await;
        self.sign_in_with(&page, PASSWORD).await
    }

    /// Signs in where asked and approves for good; the code that came back.
    pub async fn approve_always(&self, rp: &RelyingParty) -> String {
        let page = self.open(&rp.authorization().url()).await;
        let page = if page.form_with("login-submit").is_some() {
            self.sign_in_with(&page, PASSWORD).await
        } else {
            page
        };
        let answer = self.decide(&page, "always").await;
        rp.code_of(&answer)
    }

    /// Signs in and approves what `rp` asks by default; the code that came back.
    pub async fn approve(&self, rp: &RelyingParty) -> String {
        let answer = self.authorize(&rp.authorization().url()).await;
        rp.code_of(&answer)
    }
}
