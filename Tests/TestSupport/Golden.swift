import Recurrent
import Tensors

/// Numbers made by PyTorch, from `Tests/Golden`.
package struct Golden {
  private let file: SafetensorsFile

  package init(_ name: String) throws {
    let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    file = try SafetensorsFile(reading: "/\(tests)/Golden/\(name).safetensors")
  }

  /// The first parts of the names, up to the first slash.
  package var cases: [String] {
    Set(file.names.compactMap { $0.split(separator: "/").first.map(String.init) }).sorted()
  }

  package func has(_ name: String) -> Bool { file.names.contains(name) }

  package func names(under prefix: String) -> [String] {
    file.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  package func tensor(_ name: String) throws -> Tensor {
    Tensor(try file.floats(name), shape: Shape(try file.shape(name)))
  }

  package func tensorShape(_ name: String) throws -> [Int] { try file.shape(name) }

  package func integers(_ name: String) throws -> [Int32] { try file.integers(name).map { Int32($0) } }
}

/// How far two tensors of one shape lie apart.
package struct Difference: CustomStringConvertible {
  /// The greatest |a - b| / (1 + |b|): relative for large elements, absolute for small ones.
  package let worst: Double
  package let description: String

  package init(_ a: Tensor, _ b: Tensor) {
    guard a.shape == b.shape else {
      worst = .infinity
      description = "shapes \(a.shape) and \(b.shape)"
      return
    }
    let (x, y) = (a.scalars, b.scalars)
    let errors = zip(x, y).map { abs(Double($0) - Double($1)) / (1 + abs(Double($1))) }
    let index = errors.indices.max { errors[$0] < errors[$1] || errors[$1].isNaN } ?? 0
    worst = errors.isEmpty ? 0 : errors[index].isNaN ? .infinity : errors[index]
    description = errors.isEmpty ? "empty" : "element \(index): \(x[index]) and \(y[index])"
  }
}
