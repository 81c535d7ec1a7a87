//! Builds the crate again when a template or asset is added, which the embedding macro does not notice.

fn main() {
    println!("cargo::rerun-if-changed=../../templates");
    println!("cargo::rerun-if-changed=../../static");
}
