//! A table with places that are reused, each use told apart by its generation.

use crate::leg::LegIndex;

#[derive(Debug)]
struct Place<T> {
    generation: u32,
    what: Option<T>,
}

#[derive(Debug)]
pub(crate) struct LegTable<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

impl<T> Default for LegTable<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> LegTable<T> {
    pub(crate) fn insert(&mut self, what: T) -> LegIndex {
        if let Some(slot) = self.free.pop() {
            let place = &mut self.places[slot as usize];
            place.what = Some(what);
            return LegIndex { slot, generation: place.generation };
        }
        let slot = u32::try_from(self.places.len()).expect("the engine bounds its legs far below 2^32");
        self.places.push(Place { generation: 0, what: Some(what) });
        LegIndex { slot, generation: 0 }
    }

    pub(crate) fn get(&self, index: LegIndex) -> Option<&T> {
        let place = self.places.get(index.slot as usize)?;
        place.what.as_ref().filter(|_| place.generation == index.generation)
    }

    pub(crate) fn get_mut(&mut self, index: LegIndex) -> Option<&mut T> {
        let place = self.places.get_mut(index.slot as usize)?;
        place.what.as_mut().filter(|_| place.generation == index.generation)
    }

    pub(crate) fn remove(&mut self, index: LegIndex) -> Option<T> {
        let place = self.places.get_mut(index.slot as usize)?;
        if place.generation != index.generation {
            return None;
        }
        let what = place.what.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(index.slot);
        Some(what)
    }
}
