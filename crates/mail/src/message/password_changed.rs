//! Tells a person that their password was changed.

use super::Text;

pub(super) fn write(name: &str, public_url: &str) -> Text {
    Text {
        subject: "Your password was changed".to_owned(),
        body: format!(
            "Hello {name},\n\n\
             The password of your account at {public_url} was changed, and every device was signed out.\n\n\
             If you did not do this, tell the people who run {public_url} at once.\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_the_server_and_the_person() {
        let text = write("Ana", "https://id.example.com");

        assert!(text.body.contains("Hello Ana"));
        assert!(text.body.contains("https://id.example.com"));
    }
}
