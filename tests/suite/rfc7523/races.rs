//! An assertion counts once whichever process it reaches: sixteen at once at two of them.

use domain::Clock as _;
use harness::{Answer, ClientKey, Db, Installation, json};
use serde_json::json;
use server::real::SystemClock;

use crate::races::at_once;

#[actix_web::test]
async fn an_assertion_is_taken_once_by_two_processes() {
    let installation = Installation::make(Db::Postgres).await;
    let processes = [installation.first(&[]), installation.another(&[])];
    let api = installation.api(&processes[0]);
    let key = ClientKey::generate("k1");
    let body = json!({
        "name": "Printer", "type": "machine", "environment": "sandbox",
        "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(),
        "scopes": ["apps:read"],
    });
    let application = api.create("/applications", &body).await;
    let id = application["clients"][0]["client_id"].as_str().unwrap().to_owned();
    let http = harness::client();
    let address = format!("{}/.well-known/openid-configuration", processes[0].url);
    let metadata = json(&Answer::read(http.get(address).send().await.unwrap()).await.unwrap());
    let issuer = metadata["issuer"].as_str().unwrap().to_owned();

    for round in 0..4 {
        let assertion = key.assertion(&id, &issuer, SystemClock.now().as_millis());
        let ask = async |n: usize| {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_assertion_type", ClientKey::JWT_BEARER),
                ("client_assertion", assertion.as_str()),
            ];
            let request = http.post(format!("{}/token", processes[n % 2].url)).form(&form);
            Answer::read(request.send().await.unwrap()).await.unwrap().status
        };
        let statuses = at_once((0..16).map(ask)).await;

        let won = statuses.iter().filter(|it| **it == 200).count();
        assert_eq!(won, 1, "round {round}: {statuses:?}");
        assert!(statuses.iter().all(|it| [200, 401, 429].contains(it)), "{statuses:?}");
    }
}
