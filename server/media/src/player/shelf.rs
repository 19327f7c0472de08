//! Prompts kept in memory under a name, within a bound of bytes; what was not asked for longest goes first.

use super::Prompt;
use std::collections::HashMap;
use std::sync::Arc;

/// A bounded collection of prompts. A prompt that is being played lives on after it has left the shelf.
pub struct PromptShelf {
    limit: usize,
    prompts: HashMap<String, (Arc<Prompt>, u64)>,
    /// Counts requests: the age of each prompt.
    clock: u64,
}

impl PromptShelf {
    /// Holds at most `limit` bytes of prompts, as they are when a new one is put in.
    pub fn new(limit: usize) -> Self {
        PromptShelf { limit, prompts: HashMap::new(), clock: 0 }
    }

    pub fn get(&mut self, name: &str) -> Option<Arc<Prompt>> {
        self.clock += 1;
        let (prompt, asked) = self.prompts.get_mut(name)?;
        *asked = self.clock;
        Some(Arc::clone(prompt))
    }

    /// Puts a prompt on the shelf, in place of one of the same name. One that is larger than the shelf is not kept.
    pub fn put(&mut self, name: String, prompt: Arc<Prompt>) {
        self.prompts.remove(&name);
        let room = self.limit.saturating_sub(prompt.memory());
        while self.memory() > room {
            let Some(oldest) = self.prompts.iter().min_by_key(|(_, (_, asked))| *asked).map(|(name, _)| name.clone())
            else {
                return;
            };
            self.prompts.remove(&oldest);
        }
        if prompt.memory() <= self.limit {
            self.clock += 1;
            self.prompts.insert(name, (prompt, self.clock));
        }
    }

    /// Forgets a prompt, for example because its file changed.
    pub fn remove(&mut self, name: &str) {
        self.prompts.remove(name);
    }

    /// Bytes occupied by all prompts; grows when one is encoded for another codec.
    pub fn memory(&self) -> usize {
        self.prompts.values().map(|(prompt, _)| prompt.memory()).sum()
    }
}
