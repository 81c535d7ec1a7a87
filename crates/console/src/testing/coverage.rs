//! No template without a page, no form whose fields nobody compared with what its handler reads.

use std::{collections::BTreeMap, fs, path::Path};

use web::Pages;

/// The forms of the frame around every page are sent from pages of their own kind, by every test
/// of the suite that signs out or searches.
const FRAME: [&str; 2] = ["search.rs", "sign_out.rs"];

/// Every file of this crate, by name, without this one.
fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("testing/coverage.rs") {
                found.insert(path.display().to_string(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// What stands between `start` and `end`, each time.
fn between<'a>(text: &'a str, start: &'a str, end: char) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |it| it.split(end).next())
}

#[test]
fn every_template_belongs_to_one_page_and_is_drawn_by_a_test() {
    let sources = sources();
    let pages = Pages::load().unwrap();
    let is_page = |it: &&str| it.starts_with("console/") && !it.contains("/layout/");
    for name in pages.names().filter(is_page).filter(|it| *it != "console/components.html") {
        let owners: Vec<_> = sources
            .iter()
            .filter(|(_, text)| text.contains(&format!("TEMPLATE: &'static str = \"{name}\"")))
            .collect();

        assert_eq!(owners.len(), 1, "{name}");
        // Who has no role sees no frame, so that page is drawn in the suite.
        let is_drawn = owners.iter().all(|(_, text)| text.contains("html("));
        assert!(is_drawn || name == "console/no_role.html", "{name}");
    }
}

#[test]
fn every_form_is_compared_with_what_its_handler_reads() {
    let sources = sources();
    let (mut read, mut compared) = (BTreeMap::new(), BTreeMap::new());
    for (file, text) in &sources {
        let is_frame = FRAME.iter().any(|it| file.ends_with(it));
        let mut forms: Vec<_> = between(text, "Protected<", '>').collect();
        forms.sort_unstable();
        forms.dedup();
        for form in forms.into_iter().filter(|_| !is_frame) {
            *read.entry(form).or_insert(0) += 1;
        }
        for form in between(text, "assert_read_by::<", '>') {
            *compared.entry(form).or_insert(0) += 1;
        }
    }
    assert!(read.len() > 15, "{read:?}");
    for (form, times) in read {
        assert!(compared.get(form).is_some_and(|it| *it >= times), "{form}");
    }
}
