//! HTTP/1.1 as far as a load generator needs it: one request at a time on a connection that stays open.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A connection that stays open.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, as long as the next request is not sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    head: &'a str,
    pub(crate) body: &'a str,
}

impl Connection {
    /// Connects to `address`.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("{address} cannot be reached"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(8 * 1024) })
    }

    /// Sends `request` and reads the whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await.context("the request was not taken")?;
        self.received.clear();
        let head_len = loop {
            self.receive().await?;
            if let Some(at) = end_of_head(&self.received) {
                break at;
            }
        };
        let body_len = Answer::read(&self.received, head_len)?.content_length()?;
        while self.received.len() < head_len.saturating_add(body_len) {
            self.receive().await?;
        }
        Answer::read(&self.received, head_len)
    }

    async fn receive(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.received).await;
        if read.context("the answer broke off")? == 0 {
            bail!("the server closed the connection")
        }
        Ok(())
    }
}

impl<'a> Answer<'a> {
    fn read(received: &'a [u8], head_len: usize) -> Result<Self> {
        let (head, body) = received.split_at_checked(head_len).context("half an answer")?;
        let head = str::from_utf8(head).context("a head that is not UTF-8")?;
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        let status = status.context("an answer without a status")?;
        // Bodies are JSON and HTML; one that is still coming in may end in half a character.
        let body = str::from_utf8(body).unwrap_or_default();
        Ok(Self { status, head, body })
    }

    /// The values of the headers called `name`, which is written in lower case.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.head.split("\r\n").skip(1).filter_map(move |line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> Option<&'a str> {
        self.headers("location").next()
    }

    /// A text member of a JSON body, as it stands there: for values that need no escape.
    pub(crate) fn member(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.body;
        loop {
            let (before, after) = rest.split_once(name)?;
            if before.ends_with('"')
                && let Some((value, _)) =
                    after.strip_prefix("\":\"").and_then(|value| value.split_once('"'))
            {
                return Some(value);
            }
            rest = after;
        }
    }

    fn content_length(&self) -> Result<usize> {
        match self.headers("content-length").next() {
            Some(length) => length.parse().context("a content-length that is no number"),
            None if self.status == 204 || self.status == 304 => Ok(0),
            None => bail!("an answer without content-length ({})", self.status),
        }
    }
}

fn end_of_head(received: &[u8]) -> Option<usize> {
    let at = received.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD)?;
    at.checked_add(END_OF_HEAD.len())
}

/// A `GET` as it goes over the wire.
pub(crate) fn get(host: &str, target: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\n");
    write_headers(&mut request, headers);
    request.push_str("\r\n");
    request.into_bytes()
}

/// A `POST` as it goes over the wire; `headers` say what `body` is.
pub(crate) fn post(host: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut request = format!("POST {target} HTTP/1.1\r\nhost: {host}\r\n");
    write_headers(&mut request, headers);
    request.push_str("content-length: ");
    request.push_str(&body.len().to_string());
    request.push_str("\r\n\r\n");
    request.push_str(body);
    request.into_bytes()
}

fn write_headers(request: &mut String, headers: &[(&str, &str)]) {
    for (name, value) in headers {
        for part in [name, ": ", value, "\r\n"] {
            request.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 42\r\nset-cookie: a=1\r\n\
        set-cookie: b=2\r\n\r\n{\"id\":\"x_token\",\"token\":\"cs_rt_1\",\"n\":12345}";

    fn answer() -> Answer<'static> {
        Answer::read(ANSWER, end_of_head(ANSWER).unwrap()).unwrap()
    }

    #[test]
    fn an_answer_is_read() {
        let answer = answer();

        assert_eq!(answer.status, 200);
        assert_eq!(answer.content_length().unwrap(), 42);
        assert_eq!(answer.headers("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!(answer.location(), None);
    }

    #[test]
    fn a_member_is_found_by_its_name_and_not_by_a_value() {
        assert_eq!(answer().member("token"), Some("cs_rt_1"));
        assert_eq!(answer().member("n"), None);
    }

    #[test]
    fn requests_name_host_and_length() {
        let request = post("id.test", "/token", &[("accept", "*/*")], "a=b");

        let expected =
            "POST /token HTTP/1.1\r\nhost: id.test\r\naccept: */*\r\ncontent-length: 3\r\n\r\na=b";
        assert_eq!(String::from_utf8(request).unwrap(), expected);
    }
}
