//! Matrices: read as functions of their rows, and multiplied and added once the formula has been read.

use super::algebra::{infinite, multiplied};
use super::formula::Parser;
use super::token::Token;
use crate::tree::{Node, Value};
use num_traits::ToPrimitive;

type Rows = Vec<Vec<Node>>;

/// Larger matrices are not multiplied, and have no determinant.
const LARGEST: usize = 6;

/// What a part of a formula is.
enum Part {
    Scalar(Node),
    Matrix(Rows),
}

impl Parser<'_> {
    /// From `\begin` to `\end`.
    pub(super) fn matrix(&mut self, start: Token) -> Option<Node> {
        self.at += 1;
        let end = match start {
            Token::ArrayStart => Token::ArrayEnd,
            Token::DeterminantStart => Token::DeterminantEnd,
            _ => Token::MatrixEnd,
        };
        let mut rows = vec![self.cells()?];
        while self.take(Token::Row) {
            if self.peek() == Some(end) {
                break;
            }
            rows.push(self.cells()?);
        }
        let width = rows[0].len();
        if !self.take(end) || rows.iter().any(|row| row.len() != width) {
            return None;
        }
        let matrix = Node::Call("matrix", rows.into_iter().map(|cells| Node::Call("row", cells)).collect());
        if start == Token::DeterminantStart { determinant(&matrix) } else { Some(matrix) }
    }

    fn cells(&mut self) -> Option<Vec<Node>> {
        let mut cells = vec![self.aside(Self::expression)?];
        while self.take(Token::Column) {
            cells.push(self.aside(Self::expression)?);
        }
        Some(cells)
    }
}

/// The value of a formula: a matrix, if matrices stand in it; nothing when they do not fit, or when it is infinite.
pub(super) fn settled(node: Node) -> Option<Value> {
    if node == infinite() {
        return None;
    }
    if !has_matrix(&node) {
        return Some(Value::Scalar(node));
    }
    Some(match worked_out(&node)? {
        Part::Scalar(node) => Value::Scalar(node),
        Part::Matrix(rows) => Value::Matrix(rows),
    })
}

fn has_matrix(node: &Node) -> bool {
    match node {
        Node::Call(name, parts) => *name == "matrix" || parts.iter().any(has_matrix),
        Node::Sum(parts) | Node::Product(parts) => parts.iter().any(has_matrix),
        Node::Power(base, exponent) => has_matrix(base) || has_matrix(exponent),
        _ => false,
    }
}

fn rows_of(node: &Node) -> Option<Rows> {
    let Node::Call("matrix", rows) = node else { return None };
    rows.iter()
        .map(|row| match row {
            Node::Call("row", cells) => Some(cells.clone()),
            _ => None,
        })
        .collect()
}

fn worked_out(node: &Node) -> Option<Part> {
    if !has_matrix(node) {
        return Some(Part::Scalar(node.clone()));
    }
    match node {
        Node::Call("matrix", _) => rows_of(node).map(Part::Matrix),
        Node::Sum(parts) => {
            let mut all = parts.iter().map(worked_out);
            let first = all.next()??;
            all.try_fold(first, |sum, part| added(sum, part?))
        }
        Node::Product(parts) => {
            let one = Part::Scalar(Node::whole(1));
            parts.iter().map(worked_out).try_fold(one, |product, part| times(product, part?))
        }
        Node::Power(base, exponent) => {
            let Node::Number { value, is_decimal: false } = &**exponent else { return None };
            let times_itself = value.is_integer().then(|| value.numer().to_usize())??;
            if !(1..=LARGEST).contains(&times_itself) {
                return None;
            }
            let one = Part::Scalar(Node::whole(1));
            (0..times_itself).try_fold(one, |product, _| times(product, worked_out(base)?))
        }
        // It stays as it is.
        Node::Call("abs", _) => Some(Part::Scalar(node.clone())),
        _ => None,
    }
}

fn added(left: Part, right: Part) -> Option<Part> {
    let (Part::Matrix(left), Part::Matrix(right)) = (left, right) else { return None };
    if left.len() != right.len() || left[0].len() != right[0].len() {
        return None;
    }
    let cells = |(left, right): (Vec<Node>, Vec<Node>)| {
        left.into_iter().zip(right).map(|(left, right)| Node::Sum(vec![left, right])).collect()
    };
    Some(Part::Matrix(left.into_iter().zip(right).map(cells).collect()))
}

fn times(left: Part, right: Part) -> Option<Part> {
    Some(match (left, right) {
        (Part::Scalar(left), Part::Scalar(right)) => Part::Scalar(multiplied(left, right)),
        (Part::Scalar(Node::Number { value, .. }), right)
            if value == num_rational::BigRational::from_integer(1.into()) =>
        {
            right
        }
        (Part::Scalar(factor), Part::Matrix(rows)) | (Part::Matrix(rows), Part::Scalar(factor)) => {
            let scaled =
                |row: Vec<Node>| row.into_iter().map(|cell| multiplied(factor.clone(), cell)).collect();
            Part::Matrix(rows.into_iter().map(scaled).collect())
        }
        (Part::Matrix(left), Part::Matrix(right)) => Part::Matrix(product(&left, &right)?),
    })
}

fn product(left: &Rows, right: &Rows) -> Option<Rows> {
    if left[0].len() != right.len() || left.len().max(right.len()).max(right[0].len()) > LARGEST {
        return None;
    }
    let cell = |row: &[Node], column: usize| {
        let parts =
            row.iter().zip(right).map(|(left, right)| multiplied(left.clone(), right[column].clone()));
        Node::Sum(parts.collect())
    };
    Some(left.iter().map(|row| (0..right[0].len()).map(|column| cell(row, column)).collect()).collect())
}

/// Rows as columns; a number is its own.
pub(super) fn transposed(node: Node) -> Node {
    let Some(rows) = rows_of(&node) else { return node };
    let column = |index: usize| Node::Call("row", rows.iter().map(|row| row[index].clone()).collect());
    Node::Call("matrix", (0..rows[0].len()).map(column).collect())
}

/// The determinant, by its first row.
pub(super) fn determinant(node: &Node) -> Option<Node> {
    let rows = rows_of(node)?;
    let is_square = rows.iter().all(|row| row.len() == rows.len());
    (is_square && rows.len() <= LARGEST).then(|| of_square(&rows))
}

fn of_square(rows: &[Vec<Node>]) -> Node {
    let [first, rest @ ..] = rows else { return Node::whole(1) };
    let without = |row: &Vec<Node>, column: usize| {
        row.iter().enumerate().filter(|(index, _)| *index != column).map(|(_, cell)| cell.clone()).collect()
    };
    let terms = first.iter().enumerate().map(|(column, cell)| {
        let minor: Vec<Vec<Node>> = rest.iter().map(|row| without(row, column)).collect();
        let sign = Node::whole(if column % 2 == 0 { 1 } else { -1 });
        multiplied(multiplied(sign, cell.clone()), of_square(&minor))
    });
    Node::Sum(terms.collect())
}
