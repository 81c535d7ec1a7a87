//! A caller of the management API.

use ::server::demo::Answer;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::document;

/// A caller of the management API, with one credential.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    url: String,
    bearer: String,
}

impl Api {
    /// A caller with this bearer credential; none when it is empty.
    #[must_use]
    pub fn new(url: &str, bearer: &str) -> Self {
        let http = crate::client();
        Self { http, url: format!("{url}/api/v1"), bearer: bearer.to_owned() }
    }

    /// The same caller with another credential.
    #[must_use]
    pub fn with_bearer(&self, bearer: &str) -> Self {
        Self { bearer: bearer.to_owned(), ..self.clone() }
    }

    /// A request that the test goes on building.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        if self.bearer.is_empty() { request } else { request.bearer_auth(&self.bearer) }
    }

    /// Sends a request that was built; the answer must be one that the document lists.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let (http, request) = request.build_split();
        let request = request.unwrap();
        let (method, url) = (request.method().clone(), request.url().clone());
        let answer = Answer::read(http.execute(request).await.unwrap()).await.unwrap();
        document::check(&method, url.path(), &answer);
        answer
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `PATCH` of JSON on what is there now.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        let etag = self.etag(path).await;
        let request = self.request(Method::PATCH, path).header("if-match", etag);
        self.send(
            request.header("content-type", "application/merge-patch+json").body(body.to_string()),
        )
        .await
    }

    /// `PUT` of JSON on what is there now.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        let etag = self.etag(path).await;
        let request = self.request(Method::PUT, path).json(body);
        let request = if etag.is_empty() { request } else { request.header("if-match", etag) };
        self.send(request).await
    }

    /// `DELETE` of what is there now.
    pub async fn delete(&self, path: &str) -> Answer {
        let etag = self.etag(path).await;
        let request = self.request(Method::DELETE, path);
        let request = if etag.is_empty() { request } else { request.header("if-match", etag) };
        self.send(request).await
    }

    /// `POST` that must answer 201, and its body.
    pub async fn create(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 201, "POST {path}: {}", answer.body);
        crate::json(&answer)
    }

    async fn etag(&self, path: &str) -> String {
        self.get(path).await.headers.get("etag").cloned().unwrap_or_default()
    }
}
