#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

import Tensors

/// Parameters of a model in a file.
public enum ParameterFile {
  public static func write(_ model: some Module, to path: String) throws(FileError) {
    var writer = SafetensorsWriter()
    for (name, tensor) in model.parameters { writer.add(name, tensor) }
    try writer.write(to: path, metadata: ["format": "pt"])
  }

  /// Replaces the parameters of a model by those of a file.
  ///
  /// - Parameter prefix: stands before the names in the file.
  /// - Throws: `SafetensorsError` for a damaged file; `TrainingError.checkpointMismatch` if shapes or names differ.
  public static func read(
    _ file: SafetensorsFile, into model: inout some Module, prefix: String = ""
  ) throws {
    var expected = Set<String>()
    try model.visitParameters { name, tensor in
      expected.insert(prefix + name)
      tensor = try file.tensor(prefix + name, shape: tensor.shape)
    }
    if prefix.isEmpty, let extra = file.names.first(where: { !expected.contains($0) }) {
      throw TrainingError.checkpointMismatch(path: file.path, detail: "it has a tensor '\(extra)' too many")
    }
  }
}

extension SafetensorsWriter {
  package mutating func add(_ name: String, _ tensor: Tensor) {
    add(name, shape: tensor.shape.array) { file throws(FileError) in
      // Float32 on disk is little-endian, as on every processor that this runs on.
      try file.write(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.count * 4))
      withExtendedLifetime(tensor) {}
    }
  }
}

extension SafetensorsFile {
  /// A tensor that must have the given shape.
  package func tensor(_ name: String, shape: Shape) throws -> Tensor {
    let found = try self.shape(name)
    guard found == shape.array else {
      throw TrainingError.checkpointMismatch(path: path, detail: "'\(name)' has shape \(found), not \(shape)")
    }
    return Tensor(try floats(name), shape: shape)
  }
}

/// All that it takes to go on with a run: in one file, written atomically, so that a crash at any moment leaves the last
/// one whole.
public struct Checkpoint<Model: Module> {
  public var model: Model
  public var optimizer: Optimizer
  public var state: RecurrentState
  public var progress: TrainingProgress

  public init(model: Model, optimizer: Optimizer, state: RecurrentState, progress: TrainingProgress) {
    self.model = model
    self.optimizer = optimizer
    self.state = state
    self.progress = progress
  }

  public func write(to path: String) throws {
    var writer = SafetensorsWriter()
    for (index, parameter) in model.parameters.enumerated() {
      writer.add("model." + parameter.name, parameter.tensor)
      for (kind, tensor) in optimizer.state[index].enumerated() {
        writer.add("optimizer\(kind)." + parameter.name, tensor)
      }
    }
    for (name, tensor) in state.tensors { writer.add("state." + name, tensor) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let progress = String(decoding: try encoder.encode(progress), as: UTF8.self)
    var metadata = ["progress": progress, "updates": String(optimizer.steps)]
    metadata["averaging_since"] = optimizer.averagingSince.map { String($0) }
    try writer.write(to: path, metadata: metadata)
  }

  /// Reads a file into a checkpoint that has the right shapes.
  public mutating func read(from path: String) throws {
    let file = try SafetensorsFile(reading: path)
    guard let text = file.metadata["progress"], let updates = file.metadata["updates"].flatMap({ Int($0) }),
      let progress = try? JSONDecoder().decode(TrainingProgress.self, from: Data(text.utf8)), updates >= 0,
      [progress.step, progress.epoch, progress.window].allSatisfy({ (0...1 << 48).contains($0) })
    else { throw TrainingError.checkpointMismatch(path: path, detail: "it says nothing of its progress") }
    self.progress = progress
    try ParameterFile.read(file, into: &model, prefix: "model.")
    for (index, parameter) in model.parameters.enumerated() {
      for kind in optimizer.state[index].indices {
        optimizer.state[index][kind] = try file.tensor(
          "optimizer\(kind)." + parameter.name, shape: parameter.tensor.shape)
      }
    }
    optimizer.steps = updates
    optimizer.averagingSince = file.metadata["averaging_since"].flatMap { Int($0) }.map { min(max(0, $0), updates) }
    for layer in state.layers.indices {
      for vector in state.layers[layer].indices {
        state.layers[layer][vector] = try file.tensor(
          "state.layer\(layer).state\(vector)", shape: state.layers[layer][vector].shape)
      }
    }
    for index in state.influence.indices {
      state.influence[index] = try file.tensor("state.influence\(index)", shape: state.influence[index].shape)
    }
  }
}
