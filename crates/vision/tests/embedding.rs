//! A tiny network with random weights beside what the reference implementation made of the same
//! pictures (`evals/embedding/parity.py fixture`), and weights files that are wrong.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read is a failed test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pageloom_schema::{Png, Rgba};
use pageloom_vision::{Dino, Embedder, PerceptCache, Pixels, VisionError, cosine};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dinov2-tiny").join(name)
}

fn picture(name: &str) -> Png {
    Png(std::fs::read(fixture(name)).unwrap().into())
}

fn expected() -> BTreeMap<String, Vec<f32>> {
    serde_json::from_slice(&std::fs::read(fixture("expected.json")).unwrap()).unwrap()
}

#[test]
fn embeddings_are_those_of_the_reference() {
    let dino = Dino::load(&fixture("")).unwrap();
    let expected = expected();
    let pictures: Vec<Png> = expected.keys().map(|name| picture(name)).collect();
    let found = dino.embed(&pictures.iter().collect::<Vec<_>>()).unwrap();
    for (vector, wanted) in found.iter().zip(expected.values()) {
        assert_eq!((vector.len(), dino.dimensions()), (wanted.len(), 32));
        for (value, wanted) in vector.iter().zip(wanted) {
            assert!((value - wanted).abs() < 1e-3, "{value}, wanted {wanted}");
        }
    }
    let wanted: Vec<&Vec<f32>> = expected.values().collect();
    let apart = cosine(&found[0], &found[1]) - cosine(wanted[0], wanted[1]);
    assert!(apart.abs() < 1e-4, "{apart}");
    assert!((cosine(&found[0], &found[0]) - 1.0).abs() < 1e-9);
}

#[test]
fn company_does_not_change_an_embedding() {
    let dino = Dino::load(&fixture("model.safetensors")).unwrap();
    let [page, drawing] = ["page.png", "drawing.png"].map(picture);
    let plain = Pixels::filled(1, 900, Rgba::WHITE).unwrap().encode().unwrap();
    let alone = dino.embed(&[&page]).unwrap();
    let among = dino.embed(&[&drawing, &plain, &plain, &plain, &drawing, &page]).unwrap();
    assert!(alone[0].iter().zip(&among[5]).all(|(one, other)| (one - other).abs() < 1e-4));
    assert_eq!(among[0], dino.embed(&[&drawing, &plain, &plain, &plain]).unwrap()[0]);
    assert!(dino.embed(&[]).unwrap().is_empty());
    assert!(dino.embed(&[&Png(b"none".as_slice().into())]).is_err());
}

#[test]
fn embeddings_are_kept_under_the_weights_they_were_made_with() {
    let folder = tempfile::tempdir().unwrap();
    let dino = Dino::load(&fixture("")).unwrap();
    let other = Dino::load(&changed(folder.path(), |weights| {
        let last = weights.len() - 1;
        weights[last] ^= 1;
    }));
    assert_ne!(dino.identity(), other.unwrap().identity());
    let cache = PerceptCache::in_memory();
    let page = picture("page.png");
    let first = cache.embeddings(&dino, &[&page]).unwrap();
    assert_eq!(first, cache.embeddings(&dino, &[&page]).unwrap());
}

/// A copy of the fixture's weights, with its settings, that has been changed.
fn changed(folder: &Path, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    for name in ["config.json", "preprocessor_config.json"] {
        std::fs::copy(fixture(name), folder.join(name)).unwrap();
    }
    let mut weights = std::fs::read(fixture("model.safetensors")).unwrap();
    change(&mut weights);
    let place = folder.join("model.safetensors");
    std::fs::write(&place, weights).unwrap();
    place
}

fn refusal(change: impl FnOnce(&mut Vec<u8>)) -> VisionError {
    let folder = tempfile::tempdir().unwrap();
    Dino::load(&changed(folder.path(), change)).unwrap_err()
}

/// Replaces a text of the header by one of the same length, wherever it stands.
fn replace(weights: &mut [u8], from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = (0..weights.len() - from.len())
        .filter(|&at| &weights[at..at + from.len()] == from.as_bytes())
        .collect();
    assert!(!places.is_empty(), "{from} is not there");
    for at in places {
        weights[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
}

#[test]
fn wrong_tensors_are_named() {
    let missing =
        refusal(|w| replace(w, "encoder.layer.1.mlp.fc2.bias", "encoder.layer.1.mlp.fc2.bios"));
    assert!(
        matches!(&missing, VisionError::MissingTensor { tensor, .. } if tensor == "encoder.layer.1.mlp.fc2.bias"),
        "{missing}"
    );
    let shape = refusal(|w| replace(w, "\"shape\":[1,26,32]", "\"shape\":[1,32,26]"));
    assert!(shape.to_string().contains("embeddings.position_embeddings"), "{shape}");
    let shape = refusal(|w| replace(w, "\"shape\":[64,32]", "\"shape\":[32,64]"));
    let named =
        matches!(&shape, VisionError::TensorShape { tensor, .. } if tensor.contains("mlp.fc"));
    assert!(named, "{shape}");
    let kind = refusal(|w| replace(w, "\"F32\"", "\"I32\""));
    assert!(kind.to_string().contains("unsupported type `I32`"), "{kind}");
    let truncated = refusal(|w| w.truncate(w.len() - 40));
    let text = truncated.to_string();
    assert!(text.contains("tensor `") && text.contains("truncated"), "{text}");
}

#[test]
fn files_that_are_no_weights_are_refused_at_once() {
    let huge = refusal(|w| w[..8].copy_from_slice(&u64::MAX.to_le_bytes()));
    assert!(huge.to_string().contains("header"), "{huge}");
    let long = refusal(|w| w[..8].copy_from_slice(&1_000_000_u64.to_le_bytes()));
    assert!(long.to_string().contains("ends within its header"), "{long}");
    for text in ["", "short", "\u{2}\0\0\0\0\0\0\0{}", "\u{3}\0\0\0\0\0\0\0[1]"] {
        let error = refusal(|w| *w = text.as_bytes().to_vec());
        let typed =
            matches!(error, VisionError::BadWeights { .. } | VisionError::MissingTensor { .. });
        assert!(typed, "{text:?}: {error}");
    }
    let not_finite = refusal_to_embed(|w| {
        let start = w.len() - 64;
        w[start..].iter_mut().for_each(|byte| *byte = 0xff);
    });
    assert!(matches!(not_finite, VisionError::EmbeddingFailed { .. }), "{not_finite}");
    assert!(Dino::load(Path::new("no/such/folder")).is_err());
}

fn refusal_to_embed(change: impl FnOnce(&mut Vec<u8>)) -> VisionError {
    let folder = tempfile::tempdir().unwrap();
    let dino = Dino::load(&changed(folder.path(), change)).unwrap();
    dino.embed(&[&picture("page.png")]).unwrap_err()
}

#[test]
fn settings_out_of_bounds_are_refused() {
    for (name, text, wanted) in [
        ("config.json", r#"{"num_attention_heads": 5}"#, "5 heads"),
        ("config.json", r#"{"num_attention_heads": 0}"#, "heads"),
        ("config.json", r#"{"num_hidden_layers": 1000000}"#, "layers"),
        ("config.json", r#"{"use_swiglu_ffn": true}"#, "use_swiglu_ffn"),
        ("config.json", r#"{"hidden_act": "relu"}"#, "relu"),
        ("config.json", "{", "config.json"),
        ("preprocessor_config.json", r#"{"crop_size": {"height": 999, "width": 999}}"#, "crop"),
        ("preprocessor_config.json", r#"{"size": {"shortest_edge": 100000000}}"#, "shortest_edge"),
        ("preprocessor_config.json", r#"{"image_std": [0, 1, 1]}"#, "image_std"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let place = changed(folder.path(), |_| ());
        std::fs::write(folder.path().join(name), text).unwrap();
        let error = Dino::load(&place).unwrap_err().to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn a_prefix_before_the_names_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let prefixed = changed(folder.path(), |weights| {
        let size = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
        let header = String::from_utf8(weights[8..8 + size].to_vec()).unwrap();
        let header = ["\"embeddings.", "\"encoder.", "\"layernorm."]
            .iter()
            .fold(header, |text, name| text.replace(name, &name.replace('"', "\"dinov2.")));
        let mut whole = (header.len() as u64).to_le_bytes().to_vec();
        whole.extend(header.bytes());
        whole.extend(&weights[8 + size..]);
        *weights = whole;
    });
    let page = picture("page.png");
    let plain = Dino::load(&fixture("")).unwrap().embed(&[&page]).unwrap();
    assert_eq!(plain, Dino::load(&prefixed).unwrap().embed(&[&page]).unwrap());
}
