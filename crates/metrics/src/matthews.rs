//! Matthews' correlation of answers with targets, for any number of classes.

use std::collections::HashMap;
use std::hash::Hash;

/// Answers and targets of many samples, counted.
#[derive(Debug, Clone)]
pub struct Matthews<T> {
    /// For each class: how often it was answered, and was the target.
    classes: HashMap<T, [i64; 2]>,
    samples: i64,
    right: i64,
    /// Over the classes: answers times targets, answers squared, targets squared.
    products: [i64; 3],
}

impl<T: Eq + Hash> Default for Matthews<T> {
    fn default() -> Self {
        Matthews { classes: HashMap::new(), samples: 0, right: 0, products: [0; 3] }
    }
}

impl<T: Eq + Hash> Matthews<T> {
    /// Counts a sample.
    pub fn add(&mut self, answer: T, target: T) {
        self.samples += 1;
        self.right += i64::from(answer == target);
        self.count(answer, [1, 0]);
        self.count(target, [0, 1]);
    }

    fn count(&mut self, class: T, more: [i64; 2]) {
        let known = self.classes.entry(class).or_default();
        let after = [known[0] + more[0], known[1] + more[1]];
        for (product, (one, other)) in self.products.iter_mut().zip([(0, 1), (0, 0), (1, 1)]) {
            *product += after[one] * after[other] - known[one] * known[other];
        }
        *known = after;
    }

    /// Returns Matthews' correlation coefficient, in Gorodkin's form for several classes.
    ///
    /// −1 to 1, more is better; 0 is no better than chance. 0 when all answers or all targets are the same, and for no
    /// samples. Source: `matthews_corrcoef` of scikit-learn 1.9.
    pub fn value(&self) -> f64 {
        let [both, answers, targets] = self.spreads();
        if self.is_defined() { both / (answers * targets).sqrt() } else { 0.0 }
    }

    /// Whether there are different answers and different targets.
    pub fn is_defined(&self) -> bool {
        let [_, answers, targets] = self.spreads();
        answers * targets != 0.0
    }

    /// How answers and targets go together, how answers spread, how targets spread; times the squared number of samples.
    fn spreads(&self) -> [f64; 3] {
        let [both, answers, targets] = self.products.map(|product| product as f64);
        let count = self.samples as f64;
        [self.right as f64 * count - both, count * count - answers, count * count - targets]
    }
}

impl<T: Eq + Hash + Clone> Matthews<T> {
    /// Adds samples that were counted apart.
    pub fn add_all(&mut self, others: &Self) {
        self.change(others, 1);
    }

    /// Takes samples out that were added.
    pub fn remove_all(&mut self, others: &Self) {
        self.change(others, -1);
    }

    fn change(&mut self, others: &Self, sign: i64) {
        self.samples += sign * others.samples;
        self.right += sign * others.right;
        for (class, [answers, targets]) in &others.classes {
            self.count(class.clone(), [sign * answers, sign * targets]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> f64 {
        let mut counted = Matthews::default();
        pairs.iter().for_each(|(answer, target)| counted.add(*answer, *target));
        counted.value()
    }

    #[test]
    fn two_and_three_classes() {
        // By hand: (tp*tn - fp*fn) / sqrt of the product of the four margins.
        let two = of(&[("1", "1"), ("1", "1"), ("1", "0"), ("0", "0"), ("0", "1"), ("0", "0"), ("0", "0")]);
        assert!((two - (2.0 * 3.0 - 1.0) / (3.0_f64 * 3.0 * 4.0 * 4.0).sqrt()).abs() < 1e-12, "{two}");
        assert_eq!(of(&[("a", "a"), ("b", "b"), ("c", "c")]), 1.0);
        assert_eq!((of(&[("a", "a"), ("a", "b")]), of(&[])), (0.0, 0.0));
    }
}
