//! Matrices: read as functions of their rows, and multiplied and added once the formula has been read.

use super::algebra::{infinite, multiplied};
use super::formula::Parser;
use super::token::Token;
use crate::fuel::Fuel;
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
        if start == Token::DeterminantStart { determinant(&matrix, self.fuel) } else { Some(matrix) }
    }

    fn cells(&mut self) -> Option<Vec<Node>> {
        let mut cells = vec![self.aside(Self::expression)?];
        while self.take(Token::Column) {
            cells.push(self.aside(Self::expression)?);
        }
        Some(cells)
    }
}

/// The value of a formula, unless it is infinite; matrices in it are worked out when all of the text has been read.
pub(super) fn settled(node: Node) -> Option<Value> {
    (node != infinite()).then_some(Value::Scalar(node))
}

/// The value with each formula in which matrices stand as a matrix; nothing when they do not fit.
pub(super) fn worked_out_in(value: Value, fuel: &Fuel) -> Option<Value> {
    let all = |parts: Vec<Value>| {
        parts.into_iter().map(|part| worked_out_in(part, fuel)).collect::<Option<Vec<Value>>>()
    };
    let boxed = |part: Box<Value>| worked_out_in(*part, fuel).map(Box::new);
    Some(match value {
        Value::Scalar(node) if has_matrix(&node) => match worked_out(&node, fuel)? {
            Part::Scalar(node) => Value::Scalar(node),
            Part::Matrix(rows) => Value::Matrix(rows),
        },
        Value::Tuple(parts) => Value::Tuple(all(parts)?),
        Value::Set(parts) => Value::Set(all(parts)?),
        Value::Union(parts) => Value::Union(all(parts)?),
        Value::Difference(whole, without) => Value::Difference(boxed(whole)?, boxed(without)?),
        Value::Relation(first, rest) => {
            let rest = rest.into_iter().map(|(sign, side)| Some((sign, worked_out_in(side, fuel)?)));
            Value::Relation(boxed(first)?, rest.collect::<Option<_>>()?)
        }
        other => other,
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

fn rows_of(node: &Node) -> Option<Vec<&[Node]>> {
    let Node::Call("matrix", rows) = node else { return None };
    rows.iter()
        .map(|row| match row {
            Node::Call("row", cells) => Some(cells.as_slice()),
            _ => None,
        })
        .collect()
}

fn worked_out(node: &Node, fuel: &Fuel) -> Option<Part> {
    if !has_matrix(node) {
        return node.copied(fuel).map(Part::Scalar);
    }
    match node {
        Node::Call("matrix", _) => {
            fuel.spend(node.size())?;
            Some(Part::Matrix(rows_of(node)?.into_iter().map(<[Node]>::to_vec).collect()))
        }
        Node::Sum(parts) => {
            let mut all = parts.iter().map(|part| worked_out(part, fuel));
            let first = all.next()??;
            all.try_fold(first, |sum, part| added(sum, part?))
        }
        Node::Product(parts) => {
            let one = Part::Scalar(Node::whole(1));
            parts.iter().try_fold(one, |product, part| times(product, worked_out(part, fuel)?, fuel))
        }
        Node::Power(base, exponent) => {
            let Node::Number { value, is_decimal: false } = &**exponent else { return None };
            let times_itself = value.is_integer().then(|| value.numer().to_usize())??;
            if !(1..=LARGEST).contains(&times_itself) {
                return None;
            }
            let one = Part::Scalar(Node::whole(1));
            (0..times_itself).try_fold(one, |product, _| times(product, worked_out(base, fuel)?, fuel))
        }
        // It stays as it is.
        Node::Call("abs", _) => node.copied(fuel).map(Part::Scalar),
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

fn times(left: Part, right: Part, fuel: &Fuel) -> Option<Part> {
    Some(match (left, right) {
        (Part::Scalar(left), Part::Scalar(right)) => Part::Scalar(multiplied(left, right)),
        (Part::Scalar(Node::Number { value, .. }), right)
            if value == num_rational::BigRational::from_integer(1.into()) =>
        {
            right
        }
        (Part::Scalar(factor), Part::Matrix(rows)) | (Part::Matrix(rows), Part::Scalar(factor)) => {
            let cells = u32::try_from(rows.iter().map(Vec::len).sum::<usize>()).ok()?;
            fuel.spend(cells.saturating_mul(factor.size()))?;
            let scaled =
                |row: Vec<Node>| row.into_iter().map(|cell| multiplied(factor.clone(), cell)).collect();
            Part::Matrix(rows.into_iter().map(scaled).collect())
        }
        (Part::Matrix(left), Part::Matrix(right)) => Part::Matrix(product(&left, &right, fuel)?),
    })
}

fn product(left: &Rows, right: &Rows, fuel: &Fuel) -> Option<Rows> {
    if left[0].len() != right.len() || left.len().max(right.len()).max(right[0].len()) > LARGEST {
        return None;
    }
    let cell = |row: &[Node], column: usize| {
        let pairs = row.iter().zip(right);
        let parts =
            pairs.map(|(left, right)| Some(multiplied(left.copied(fuel)?, right[column].copied(fuel)?)));
        parts.collect::<Option<_>>().map(Node::Sum)
    };
    left.iter().map(|row| (0..right[0].len()).map(|column| cell(row, column)).collect()).collect()
}

/// Rows as columns; a number is its own.
pub(super) fn transposed(node: Node) -> Node {
    let Some(width) = rows_of(&node).and_then(|rows| Some(rows.first()?.len())) else { return node };
    let Node::Call(_, rows) = node else { return node };
    let mut columns: Vec<Vec<Node>> = (0..width).map(|_| Vec::new()).collect();
    for row in rows {
        let Node::Call(_, cells) = row else { continue };
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell);
        }
    }
    Node::Call("matrix", columns.into_iter().map(|cells| Node::Call("row", cells)).collect())
}

/// The determinant, by its first row.
pub(super) fn determinant(node: &Node, fuel: &Fuel) -> Option<Node> {
    let rows = rows_of(node)?;
    let is_square = rows.iter().all(|row| row.len() == rows.len());
    if !is_square || rows.len() > LARGEST {
        return None;
    }
    let columns: Vec<usize> = (0..rows.len()).collect();
    of_square(&rows, &columns, fuel)
}

/// The determinant of some columns of rows.
fn of_square(rows: &[&[Node]], columns: &[usize], fuel: &Fuel) -> Option<Node> {
    let [first, rest @ ..] = rows else { return Some(Node::whole(1)) };
    let term = |(index, column): (usize, &usize)| {
        let others: Vec<usize> = columns.iter().copied().filter(|other| other != column).collect();
        let sign = Node::whole(if index % 2 == 0 { 1 } else { -1 });
        let cell = multiplied(sign, first[*column].copied(fuel)?);
        Some(multiplied(cell, of_square(rest, &others, fuel)?))
    };
    columns.iter().enumerate().map(term).collect::<Option<_>>().map(Node::Sum)
}
