import CKernels
import Tensors

/// What a recurrent layer reads.
public enum SequenceInput: Sendable {
  /// Vectors `[batch, time, features]`.
  case vectors(Tensor)
  /// Token ids, row-major `[batch, time]`, that stand for one-hot vectors, or for rows of an embedding
  /// `[vocabulary, features]`. Padded positions may hold any id of the vocabulary.
  case tokens([Int32], batch: Int, time: Int, embedding: Tensor?)

  public var batch: Int {
    switch self {
    case .vectors(let x): x.shape[0]
    case .tokens(_, let batch, _, _): batch
    }
  }

  public var time: Int {
    switch self {
    case .vectors(let x): x.shape[1]
    case .tokens(_, _, let time, _): time
    }
  }

  /// What a gradient can flow to.
  var tensor: Tensor? {
    switch self {
    case .vectors(let x): x
    case .tokens(_, _, _, let embedding): embedding
    }
  }
}

/// The input side of all gates at all time steps, x_t W_ih + b, and its gradient.
///
/// Tokens take a short way where the vocabulary is smaller than the batch: the product of each *token* with W_ih is
/// computed once, and positions look it up; on the way back, gradients are first summed by token. One-hot vectors are
/// never made at all.
enum InputProjection {
  /// True if products with the whole embedding cost less than products with every position.
  private static func looksUp(vocabulary: Int, positions: Int) -> Bool { 2 * vocabulary <= positions }

  /// gates `[batch * time, width]` at the positions of the layout.
  ///
  /// - Parameter packed: makes W_ih for x_t W_ih, where it is multiplied.
  static func forward(
    _ input: SequenceInput, _ weights: RecurrentWeights, bias: Tensor, positions: [Int],
    into gates: UnsafeMutablePointer<Float>, packed: () -> PackedMatrix
  ) {
    let width = weights.width
    switch input {
    case .vectors(let x):
      Matmul.multiply(rows(x, positions), packed(), into: outputs(gates, positions, width), bias: bias.pointer)
    case .tokens(let ids, _, _, nil):
      if looksUp(vocabulary: weights.input, positions: positions.count) {
        lookUp(transposed(weights.inputWeight, adding: bias), ids, positions, into: gates)
      } else {
        columns(weights.inputWeight, adding: bias, ids, positions, into: gates)
      }
    case .tokens(let ids, _, _, let embedding?):
      if looksUp(vocabulary: embedding.shape[0], positions: positions.count) {
        let table = Tensor(shape: [embedding.shape[0], width]) {
          Matmul.multiply(
            embedding.rowPointers, packed(), into: RowPointers($0, count: embedding.shape[0], stride: width),
            bias: bias.pointer)
        }
        lookUp(table, ids, positions, into: gates)
      } else {
        Matmul.multiply(
          rows(embedding, ids, positions), packed(), into: outputs(gates, positions, width), bias: bias.pointer)
      }
    }
  }

  /// The vectors that W_ih is multiplied with, one for each position; nil where tokens look up a product.
  static func multipliedRows(_ input: SequenceInput, _ positions: [Int]) -> RowPointers? {
    switch input {
    case .vectors(let x): return rows(x, positions)
    case .tokens(let ids, _, _, let embedding?)
    where !looksUp(vocabulary: embedding.shape[0], positions: positions.count):
      return rows(embedding, ids, positions)
    case .tokens: return nil
    }
  }

  /// The gradient of the input from `dgates` `[batch * time, width]`, and that of W_ih where `multipliedRows` is nil: its
  /// gradients are summed by token first.
  static func backward(
    _ input: SequenceInput, _ weights: RecurrentWeights, positions: [Int],
    dgates: UnsafeMutablePointer<Float>, _ precision: Precision
  ) -> (weight: Tensor?, input: Tensor?) {
    let (width, features) = (weights.width, weights.input)
    let w = weights.inputWeight
    let d = RowPointers(count: positions.count)
    for (index, position) in positions.enumerated() { d[index] = UnsafePointer(dgates + position * width) }
    func back(_ d: RowPointers, into dx: RowPointers) {
      Matmul.multiply(d, PackedMatrix(w.rowPointers, n: features, precision), into: dx)
    }

    switch input {
    case .vectors(let x):
      guard x.slot != nil else { return (nil, nil) }
      let dx = positions.count == x.shape.rows ? Tensor(Buffer(count: x.count), x.shape) : Tensor(shape: x.shape)
      back(d, into: outputs(dx.pointer, positions, features))
      return (nil, dx)
    case .tokens(let ids, _, _, nil):
      let byToken = sumByToken(d, ids, positions, vocabulary: features, width: width)
      return (transposed(byToken, adding: nil), nil)
    case .tokens(let ids, _, _, let embedding?):
      if looksUp(vocabulary: embedding.shape[0], positions: positions.count) {
        let byToken = sumByToken(d, ids, positions, vocabulary: embedding.shape[0], width: width).rowPointers
        let dw = Tensor(shape: w.shape) {
          Matmul.multiplyTransposed(byToken, m: width, embedding.rowPointers, n: features, into: $0, precision)
        }
        guard embedding.slot != nil else { return (dw, nil) }
        let de = Tensor(shape: embedding.shape) {
          back(byToken, into: RowPointers($0, count: embedding.shape[0], stride: features))
        }
        return (dw, de)
      }
      guard embedding.slot != nil else { return (nil, nil) }
      let dx = Tensor(Buffer(count: positions.count * features), [positions.count, features])
      back(d, into: dx.rowPointers)
      var de = Tensor(shape: embedding.shape)
      de.withUnsafeMutablePointer {
        Gather.scatterAdd(dx.pointer, positions.map { ids[$0] }, columns: features, to: $0)
      }
      return (nil, de)
    }
  }

  private static func rows(_ x: Tensor, _ positions: [Int]) -> RowPointers {
    let rows = RowPointers(count: positions.count)
    let columns = x.shape.columns
    for (index, position) in positions.enumerated() { rows[index] = UnsafePointer(x.pointer + position * columns) }
    return rows
  }

  private static func rows(_ table: Tensor, _ ids: [Int32], _ positions: [Int]) -> RowPointers {
    let rows = RowPointers(count: positions.count)
    let columns = table.shape.columns
    for (index, position) in positions.enumerated() {
      rows[index] = UnsafePointer(table.pointer + Int(ids[position]) * columns)
    }
    return rows
  }

  private static func outputs(
    _ base: UnsafeMutablePointer<Float>, _ positions: [Int], _ stride: Int
  ) -> RowPointers {
    let rows = RowPointers(count: positions.count)
    for (index, position) in positions.enumerated() { rows[index] = UnsafePointer(base + position * stride) }
    return rows
  }

  /// gates[position] = table[ids[position]]
  private static func lookUp(
    _ table: Tensor, _ ids: [Int32], _ positions: [Int], into gates: UnsafeMutablePointer<Float>
  ) {
    let width = table.shape.columns
    let part = max(1, (1 << 16) / width)
    ThreadPool.shared.forEach((positions.count + part - 1) / part) { task in
      for index in task * part..<min(positions.count, (task + 1) * part) {
        let position = positions[index]
        (gates + position * width).update(from: table.pointer + Int(ids[position]) * width, count: width)
      }
    }
  }

  /// The same from the columns of w `[width, vocabulary]`, for ids too few to transpose it for.
  private static func columns(
    _ w: Tensor, adding bias: Tensor, _ ids: [Int32], _ positions: [Int], into gates: UnsafeMutablePointer<Float>
  ) {
    let (width, vocabulary) = (w.shape[0], w.shape[1])
    for position in positions {
      let (row, column) = (gates + position * width, w.pointer + Int(ids[position]))
      for i in 0..<width { row[i] = column[i * vocabulary] + bias.pointer[i] }
    }
  }

  /// `[vocabulary, width]`: the sum of the rows of d of each token, in the order of positions.
  private static func sumByToken(
    _ d: RowPointers, _ ids: [Int32], _ positions: [Int], vocabulary: Int, width: Int
  ) -> Tensor {
    var sums = Tensor(shape: [vocabulary, width])
    sums.withUnsafeMutablePointer { sums in
      let parts = positions.count * width < 1 << 16 ? 1 : max(1, min(16, width / 64))
      ThreadPool.shared.forEach(parts) { part in
        let first = width * part / parts
        let count = width * (part + 1) / parts - first
        for (index, position) in positions.enumerated() {
          let row = sums + Int(ids[position]) * width + first
          rn_add(row, d[index] + first, row, count)
        }
      }
    }
    return sums
  }

  /// The transpose of x, with a vector added to each row of the result.
  static func transposed(_ x: Tensor, adding bias: Tensor?) -> Tensor {
    let (m, n) = (x.shape[0], x.shape[1])
    return Tensor(shape: [n, m]) { y in
      // Blocks of 16 rows: a cache line of the result at a time.
      ThreadPool.shared.forEach(m * n < 1 << 16 ? 1 : (m + 255) / 256) { task in
        let rows = m * n < 1 << 16 ? 0..<m : task * 256..<min(m, task * 256 + 256)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: 16) {
          for j in 0..<n {
            for i in start..<min(start + 16, rows.upperBound) { y[j * m + i] = x.pointer[i * n + j] }
          }
        }
      }
      if let bias { for j in 0..<n { rn_add(y + j * m, bias.pointer, y + j * m, m) } }
    }
  }
}
