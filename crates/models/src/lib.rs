//! Model providers over HTTP behind the model trait.
