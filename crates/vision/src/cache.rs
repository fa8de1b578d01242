//! What has been read of pictures, so that a reference is read once and not for every candidate. Owns
//! [`PerceptCache`], which keeps texts and embeddings by the picture's digest and the identity of what
//! read it, in memory and, where one is named, in a folder. Must not read pictures itself.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pageloom_schema::Png;

use crate::embedding::Embedder;
use crate::error::VisionError;
use crate::read_text::TextReader;

/// The longest entry of a folder, in bytes; longer ones are kept in memory only.
const MAX_ENTRY_BYTES: usize = 4 << 20;
/// The first line of an entry; the number is that of its format.
const MARK: &str = "pageloom percept 1";

/// Texts and embeddings of pictures. Safe to share: threads that miss the same entry at the same time
/// may read a picture twice, and both get the same.
///
/// In a folder, each entry is a file that appears at once and carries a digest of itself: several
/// processes may share the folder, and an entry that is damaged, or cut off by a crash, is read anew
/// and replaced. A folder that cannot be written is as good as none.
#[derive(Debug, Default)]
pub struct PerceptCache {
    folder: Option<PathBuf>,
    memory: Mutex<Memory>,
}

/// Entries by key, oldest first in `order`.
#[derive(Debug, Default)]
struct Memory {
    entries: BTreeMap<String, Arc<[u8]>>,
    order: VecDeque<String>,
}

impl PerceptCache {
    /// The most entries that are held in memory; the oldest go first.
    pub const MAX_ENTRIES: usize = 4_096;

    /// A cache that is gone with the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// A cache whose entries also lie in a folder, which is made when the first is written.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), ..Self::default() }
    }

    /// The text of a picture: kept, or read now.
    ///
    /// # Errors
    /// Those of the reader; nothing is kept then.
    pub fn text(&self, reader: &dyn TextReader, picture: &Png) -> Result<String, VisionError> {
        let key = key("text", &reader.identity(), picture);
        let kept = self.get(&key).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        if let Some(text) = kept {
            return Ok(text);
        }
        let text = reader.read_text(picture)?;
        self.put(key, text.as_bytes());
        Ok(text)
    }

    /// The vectors of pictures in their order: kept, or made now, all missing ones together.
    ///
    /// # Errors
    /// Those of the embedder; nothing is kept then.
    pub fn embeddings(
        &self,
        embedder: &dyn Embedder,
        pictures: &[&Png],
    ) -> Result<Vec<Vec<f32>>, VisionError> {
        let identity = embedder.identity();
        let keys: Vec<String> =
            pictures.iter().map(|picture| key("embedding", &identity, picture)).collect();
        let mut found: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
        let mut missing: BTreeMap<&str, &Png> = BTreeMap::new();
        for (key, picture) in keys.iter().zip(pictures) {
            match self.get(key).and_then(|bytes| vector_of(&bytes)) {
                Some(vector) => {
                    found.insert(key, vector);
                }
                None => {
                    missing.insert(key, picture);
                }
            }
        }
        if !missing.is_empty() {
            let wanted: Vec<&Png> = missing.values().copied().collect();
            let made = embedder.embed(&wanted)?;
            for (key, vector) in missing.into_keys().zip(made) {
                let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
                self.put(key.to_owned(), &bytes);
                found.insert(key, vector);
            }
        }
        // A picture that stands twice among them has one entry.
        let vectors: Option<Vec<_>> =
            keys.iter().map(|key| found.get(key.as_str()).cloned()).collect();
        vectors.ok_or_else(|| VisionError::EmbeddingFailed {
            reason: "fewer vectors than pictures".to_owned(),
        })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Whole entries only are ever put in, so a thread that panicked has left it sound.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, key: &str) -> Option<Arc<[u8]>> {
        if let Some(bytes) = self.memory().entries.get(key) {
            return Some(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = read_entry(&self.folder.as_ref()?.join(key))?.into();
        self.memory().keep(key.to_owned(), Arc::clone(&bytes));
        Some(bytes)
    }

    fn put(&self, key: String, bytes: &[u8]) {
        if let Some(folder) = self.folder.as_ref().filter(|_| bytes.len() <= MAX_ENTRY_BYTES) {
            // The entry is known all the same; it will be read anew by the next process.
            let _ = write_entry(folder, &key, bytes);
        }
        self.memory().keep(key, bytes.into());
    }
}

impl Memory {
    fn keep(&mut self, key: String, bytes: Arc<[u8]>) {
        if self.entries.insert(key.clone(), bytes).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > PerceptCache::MAX_ENTRIES {
            if let Some(oldest) = self.order.pop_front() {
                self.entries.remove(&oldest);
            }
        }
    }
}

/// The name of an entry: a digest of the picture and of who reads it how.
fn key(kind: &str, identity: &str, picture: &Png) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [kind.as_bytes(), identity.as_bytes(), &picture.0] {
        // Lengths first, so that no two lists of parts run into the same bytes.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    format!("{kind}-{}", hasher.finalize())
}

fn vector_of(bytes: &[u8]) -> Option<Vec<f32>> {
    let (values, rest) = bytes.as_chunks::<4>();
    let vector: Vec<f32> = values.iter().map(|value| f32::from_le_bytes(*value)).collect();
    (rest.is_empty() && vector.iter().all(|value| value.is_finite())).then_some(vector)
}

/// An entry's content; `None` when there is none or it is damaged.
fn read_entry(place: &Path) -> Option<Vec<u8>> {
    let most = (MAX_ENTRY_BYTES + 256) as u64;
    let mut bytes = Vec::new();
    std::fs::File::open(place).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    let line = bytes.iter().position(|byte| *byte == b'\n')?;
    let (head, content) = (&bytes[..line], &bytes[line + 1..]);
    (head == head_of(place, content).as_bytes()).then(|| content.to_vec())
}

/// The first line of an entry. It holds the name, too, so that a file under another name does not
/// count.
fn head_of(place: &Path, content: &[u8]) -> String {
    let name = place.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    format!("{MARK} {name} {}", blake3::hash(content))
}

fn write_entry(folder: &Path, key: &str, content: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let place = folder.join(key);
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{}", head_of(&place, content))?;
    file.write_all(content)?;
    file.persist(place)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Reads the bytes of a picture as text and counts how often.
    #[derive(Default)]
    struct Counting {
        version: u32,
        calls: AtomicUsize,
    }

    impl Counting {
        fn calls(&self) -> usize {
            self.calls.load(Ordering::Relaxed)
        }
    }

    impl TextReader for Counting {
        fn identity(&self) -> String {
            format!("counting {}", self.version)
        }

        fn read_text(&self, picture: &Png) -> Result<String, VisionError> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let text = String::from_utf8(picture.0.to_vec());
            text.map_err(|error| VisionError::BadImage { reason: error.to_string() })
        }
    }

    impl Embedder for Counting {
        fn identity(&self) -> String {
            format!("counting {}", self.version)
        }

        fn embed(&self, pictures: &[&Png]) -> Result<Vec<Vec<f32>>, VisionError> {
            self.calls.fetch_add(pictures.len(), Ordering::Relaxed);
            Ok(pictures.iter().map(|picture| vec![f32::from(picture.0[0]), 0.5]).collect())
        }
    }

    fn picture(text: &str) -> Png {
        Png(text.as_bytes().into())
    }

    #[test]
    fn a_picture_is_read_once_by_each_version_of_a_reader() {
        let cache = PerceptCache::in_memory();
        let (old, new) = (Counting::default(), Counting { version: 1, ..Counting::default() });
        for _ in 0..3 {
            assert_eq!(cache.text(&old, &picture("one")).unwrap(), "one");
            assert_eq!(cache.text(&old, &picture("two")).unwrap(), "two");
            assert_eq!(cache.text(&new, &picture("one")).unwrap(), "one");
        }
        assert_eq!((old.calls(), new.calls()), (2, 1));
    }

    #[test]
    fn what_fails_is_not_kept() {
        let (cache, reader) = (PerceptCache::in_memory(), Counting::default());
        let broken = Png([0xff, 0xfe].as_slice().into());
        assert!(cache.text(&reader, &broken).is_err());
        assert!(cache.text(&reader, &broken).is_err());
        assert_eq!(reader.calls(), 2);
    }

    #[test]
    fn only_missing_embeddings_are_made_and_their_order_is_kept() {
        let (cache, embedder) = (PerceptCache::in_memory(), Counting::default());
        let [a, b, c] = ["a", "b", "c"].map(picture);
        cache.embeddings(&embedder, &[&b]).unwrap();
        let vectors = cache.embeddings(&embedder, &[&c, &b, &a, &c]).unwrap();
        let firsts: Vec<f32> = vectors.iter().map(|vector| vector[0]).collect();
        assert_eq!(firsts, [99.0, 98.0, 97.0, 99.0]);
        assert_eq!(embedder.calls(), 3);
        assert!(cache.embeddings(&embedder, &[]).unwrap().is_empty());
    }

    #[test]
    fn a_folder_outlives_the_cache_and_damaged_entries_are_made_anew() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("made/when/needed");
        let reader = Counting::default();
        let read = |text: &str| {
            let cache = PerceptCache::in_folder(&folder);
            assert_eq!(cache.text(&reader, &picture(text)).unwrap(), text);
            assert_eq!(cache.embeddings(&reader, &[&picture(text)]).unwrap()[0][1], 0.5);
        };
        read("one");
        read("one");
        assert_eq!(reader.calls(), 2);
        let files = || std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
        assert_eq!(files().count(), 2);
        for (n, file) in files().enumerate() {
            let whole = std::fs::read(&file).unwrap();
            let damaged = if n == 0 { &whole[..whole.len() - 1] } else { b"".as_slice() };
            std::fs::write(&file, damaged).unwrap();
        }
        read("one");
        assert_eq!(reader.calls(), 4);
        read("one");
        assert_eq!(reader.calls(), 4);
        // An entry under another's name is not taken for it.
        let names: Vec<_> = files().collect();
        std::fs::copy(&names[0], &names[1]).unwrap();
        read("one");
        assert_eq!(reader.calls(), 5);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_as_good_as_none() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "in the way").unwrap();
        let (cache, reader) = (PerceptCache::in_folder(&file), Counting::default());
        cache.text(&reader, &picture("one")).unwrap();
        cache.text(&reader, &picture("one")).unwrap();
        assert_eq!(reader.calls(), 1);
    }

    #[test]
    fn memory_is_bounded() {
        let (cache, reader) = (PerceptCache::in_memory(), Counting::default());
        for n in 0..=PerceptCache::MAX_ENTRIES {
            cache.text(&reader, &picture(&n.to_string())).unwrap();
        }
        assert_eq!(cache.memory().entries.len(), PerceptCache::MAX_ENTRIES);
        cache.text(&reader, &picture("0")).unwrap();
        assert_eq!(reader.calls(), PerceptCache::MAX_ENTRIES + 2);
    }
}
