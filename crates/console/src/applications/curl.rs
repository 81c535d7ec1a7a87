//! The first token from a terminal, in commands that hold for the client they are shown for.

use domain::Client;
use protocol::{ClientAuthMethod, GrantType};
use url::form_urlencoded;
use web::WebConfig;

/// How to get a token as `client`, with the names of its environment file.
///
/// Client credentials where that is all the client may use; otherwise the code flow,
/// by hand. Empty when the client may use no grant yet.
pub(crate) fn token_request(config: &WebConfig, client: &Client) -> String {
    if client.allows(GrantType::AuthorizationCode) {
        by_code(config, client)
    } else if client.allows(GrantType::ClientCredentials) {
        by_credentials(config, client)
    } else {
        String::new()
    }
}

fn by_credentials(config: &WebConfig, client: &Client) -> String {
    let mut lines = vec![format!("curl {}", config.link("/token"))];
    lines.extend(authentication(client));
    lines.push("-d grant_type=client_credentials".to_owned());
    if client.settings.default_scopes.is_empty() && !client.settings.scopes.is_empty() {
        lines.push(format!("-d scope='{}'", client.settings.scopes));
    }
    lines.join(" \\\n  ")
}

fn by_code(config: &WebConfig, client: &Client) -> String {
    let uri = client.settings.redirect_uris.first().map_or("", |it| it.as_str());
    let scopes = client.settings.scopes.to_string();
    let asks = client.settings.default_scopes.is_empty() && !scopes.is_empty();
    let pair = |name: &str, value: &str| {
        form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
    };
    let mut address = vec![
        format!("{}?response_type=code", config.link("/authorize")),
        pair("client_id", client.client_id.as_str()),
        pair("redirect_uri", uri),
    ];
    address.extend(asks.then(|| pair("scope", &scopes)));
    address.push("code_challenge_method=S256&code_challenge=$CHALLENGE".to_owned());
    address.push("state=$(openssl rand -hex 8)".to_owned());
    // Within double quotes, a backslash at the end of a line joins it with the next.
    let address = address.join("\\\n&");
    let mut exchange = vec![format!("curl {}", config.link("/token"))];
    exchange.extend(authentication(client));
    exchange.push("-d grant_type=authorization_code".to_owned());
    exchange.push("-d code=\"$CODE\"".to_owned());
    exchange.push(format!("--data-urlencode redirect_uri='{uri}'"));
    exchange.push("-d code_verifier=\"$VERIFIER\"".to_owned());
    format!(
        "# 1. Open the address that this prints, sign in and approve\n\
         VERIFIER=$(openssl rand -hex 32)\n\
         CHALLENGE=$(printf %s \"$VERIFIER\" | openssl dgst -sha256 -binary \\\n  \
         | openssl base64 -A | tr '+/' '-_' | tr -d '=')\n\
         echo \"{address}\"\n\
         \n\
         # 2. Copy the code from the address you land on\n\
         CODE=\n\
         \n\
         # 3. Exchange it\n\
         {}",
        exchange.join(" \\\n  ")
    )
}

/// How the client proves itself, as options of curl.
fn authentication(client: &Client) -> Vec<String> {
    match client.settings.token_endpoint_auth_method {
        ClientAuthMethod::ClientSecretBasic => {
            vec!["-u \"$OAUTH_CLIENT_ID:$OAUTH_CLIENT_SECRET\"".to_owned()]
        }
        ClientAuthMethod::ClientSecretPost => vec![
            "-d client_id=\"$OAUTH_CLIENT_ID\"".to_owned(),
            "-d client_secret=\"$OAUTH_CLIENT_SECRET\"".to_owned(),
        ],
        ClientAuthMethod::None => vec![format!("-d client_id={}", client.client_id)],
    }
}

#[cfg(test)]
mod tests {
    use domain::Environment;
    use protocol::Scope;

    use super::*;
    use crate::testing;

    #[test]
    fn a_machine_asks_with_its_own_method_and_scopes() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.grant_types = vec![GrantType::ClientCredentials];
        client.settings.scopes = Scope::parse("photos.read photos.write").unwrap();

        assert_eq!(
            token_request(&testing::config(), &client),
            "curl https://id.example.com/token \\\n  \
             -u \"$OAUTH_CLIENT_ID:$OAUTH_CLIENT_SECRET\" \\\n  \
             -d grant_type=client_credentials \\\n  \
             -d scope='photos.read photos.write'"
        );

        client.settings.token_endpoint_auth_method = ClientAuthMethod::ClientSecretPost;
        client.settings.default_scopes = client.settings.scopes.clone();
        let text = token_request(&testing::config(), &client);
        assert!(text.contains("-d client_secret=") && !text.contains("-u "), "{text}");
        assert!(!text.contains("scope="), "{text}");
    }

    #[test]
    fn a_public_client_names_itself_and_brings_its_verifier() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.token_endpoint_auth_method = ClientAuthMethod::None;

        let text = token_request(&testing::config(), &client);

        assert!(text.contains("-d client_id=app_sbx_1"), "{text}");
        assert!(text.contains("redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback"), "{text}");
        assert!(text.contains("code_verifier=\"$VERIFIER\""), "{text}");
        assert!(!text.contains("SECRET"), "{text}");
    }

    #[test]
    fn without_a_grant_there_is_no_command_that_works() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.grant_types.clear();

        assert_eq!(token_request(&testing::config(), &client), "");
    }
}
