// What users of `import Recurrent` need of tensors and gradients comes with it.
@_exported import Tensors
