//! A group of the filter `groupby`: a tuple whose values have names.

use minijinja::Error;
use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use std::sync::Arc;

#[derive(Debug)]
struct Group {
    grouper: Value,
    list: Value,
}

/// The groups that minijinja's `groupby` gives, with lists that can be cut.
pub(super) fn groups(found: &Value) -> Result<Value, Error> {
    let group = |found: Value| {
        let list = found.get_item_by_index(1)?.try_iter()?.collect::<Vec<_>>();
        let grouper = found.get_item_by_index(0)?;
        Ok(Value::from_object(Group { grouper, list: Value::from(list) }))
    };
    Ok(Value::from(found.try_iter()?.map(group).collect::<Result<Vec<_>, Error>>()?))
}

/// Whether the value is a tuple, or such a group, which is one too.
pub(super) fn is_tuple(value: &Value) -> bool {
    value.is_tuple() || value.downcast_object_ref::<Group>().is_some()
}

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_usize(), key.as_str()) {
            (Some(0), _) | (_, Some("grouper")) => Some(self.grouper.clone()),
            (Some(1), _) | (_, Some("list")) => Some(self.list.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(2)
    }
}
