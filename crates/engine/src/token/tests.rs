//! What codes, refresh tokens and clients' own proofs buy, and when they buy nothing.

mod authorization_code;
mod client_credentials;
mod refresh_token;
mod still_allowed;

use std::{pin::Pin, task::Poll};

/// Polls all of `futures` in turn until each has answered: they run interleaved.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut answers = Vec::new();
    std::future::poll_fn(move |context| {
        running.retain_mut(|it| match it.as_mut().poll(context) {
            Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            Poll::Pending => true,
        });
        if running.is_empty() { Poll::Ready(std::mem::take(&mut answers)) } else { Poll::Pending }
    })
    .await
}
