import CKernels
import Tensors

/// The scores of a conditional random field as its kernels read them: rows padded to whole vectors, and minus infinity
/// for what is padding or not allowed.
struct CRFPotentials: Sendable {
  let tags: Int
  /// Floats of a row.
  let stride: Int
  /// `[tags, stride]`, row from, column to; and the transpose.
  let transitions: Tensor
  let transposed: Tensor
  /// `[stride]`
  let start: Tensor
  let end: Tensor

  init(_ field: ConditionalRandomField) {
    let tags = field.tags
    let stride = (tags + 15) / 16 * 16
    func potentials(_ shape: Shape, _ value: (_ row: Int, _ column: Int) -> Float?) -> Tensor {
      Tensor(shape: shape) { y in
        for index in 0..<shape.count {
          let (row, column) = (index / stride, index % stride)
          y[index] = column < tags ? value(row, column) ?? -.infinity : -.infinity
        }
      }
    }
    func transition(_ from: Int, _ to: Int) -> Float? {
      field.allowed?.allows(from, to) == false ? nil : field.transitions.pointer[from * tags + to]
    }
    self.tags = tags
    self.stride = stride
    transitions = potentials([tags, stride], transition)
    transposed = potentials([tags, stride]) { transition($1, $0) }
    start = potentials([stride]) { field.allowed?.allows(nil, $1) == false ? nil : field.start.pointer[$1] }
    end = potentials([stride]) { field.allowed?.allows($1, nil) == false ? nil : field.end.pointer[$1] }
  }
}

/// The recursions over a batch, sequence by sequence: none sees another, nor its own padding.
struct CRFLattice: Sendable {
  private let layout: SequenceLayout
  private let potentials: CRFPotentials
  /// `[batch, time, stride]` each.
  private let arriving: Buffer
  private let alpha: Buffer

  init(_ layout: SequenceLayout, _ potentials: CRFPotentials) {
    self.layout = layout
    self.potentials = potentials
    arriving = Buffer(count: layout.batch * layout.time * potentials.stride)
    alpha = Buffer(count: layout.batch * layout.time * potentials.stride)
  }

  private static let rowsPerBlock = 4

  /// Tasks for threads, which depend on the batch alone.
  var blocks: Int { (layout.batch + Self.rowsPerBlock - 1) / Self.rowsPerBlock }

  /// Calls `body` for each sequence with its length and the block that it belongs to, in order within a block, and
  /// `empty` for those without steps.
  func forEachRow(_ body: (_ row: Int, _ length: Int, _ block: Int) -> Void, empty: (_ row: Int) -> Void = { _ in }) {
    ThreadPool.shared.forEach(blocks) { block in
      let first = block * Self.rowsPerBlock
      for row in first..<min(layout.batch, first + Self.rowsPerBlock) {
        let length = layout.length(row)
        if length > 0 { body(row, length, block) } else { empty(row) }
      }
    }
  }

  /// `[batch, time, tags]` with the steps of each sequence `[time, tags]` written by `body`, and zeros at padded ones.
  func marginals(
    _ body: (_ row: Int, _ length: Int, _ block: Int, _ marginals: UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    let tags = potentials.tags
    return Tensor(shape: [layout.batch, layout.time, tags]) { marginals in
      layout.forEachPadding { rn_fill(marginals + $0 * tags, 0, $1 * tags) }
      forEachRow { row, length, block in body(row, length, block, marginals + row * layout.time * tags) }
    }
  }

  /// log Z
  func forward(_ emissions: Tensor, row: Int, length: Int) -> Double {
    let (p, at) = (potentials, row * layout.time)
    return rn_crf_forward(
      emissions.pointer + at * p.tags, length, p.tags, p.transitions.pointer, p.start.pointer, p.end.pointer, p.stride,
      arriving.pointer + at * p.stride, alpha.pointer + at * p.stride)
  }

  /// To be called after `forward`: scale times the probabilities of tags, and, added to `pairs` `[tags, stride]` (row to,
  /// column from), of transitions.
  func backward(
    row: Int, length: Int, scale: Float, marginals: UnsafeMutablePointer<Float>, pairs: UnsafeMutablePointer<Float>?
  ) {
    let (p, at) = (potentials, row * layout.time)
    rn_crf_backward(
      arriving.pointer + at * p.stride, alpha.pointer + at * p.stride, length, p.tags, p.transposed.pointer,
      p.end.pointer, p.stride, scale, marginals, pairs)
  }

  func bestPath(_ emissions: Tensor, row: Int, length: Int, into path: UnsafeMutablePointer<Int32>) {
    let (p, at) = (potentials, row * layout.time)
    let scores = Buffer(count: 2 * p.stride)
    // A place to remember tags in, not numbers: both take four bytes.
    let from = UnsafeMutableRawPointer(arriving.pointer + at * p.stride).assumingMemoryBound(to: UInt32.self)
    rn_crf_best_path(
      emissions.pointer + at * p.tags, length, p.tags, p.transitions.pointer, p.start.pointer, p.end.pointer, p.stride,
      scores.pointer, from, path)
    withExtendedLifetime(scores) {}
  }
}
