import CKernels
import Synchronization
import Tensors

/// What a cell's equations compute for a part of a row: the operations in order, each with its values, so that it can be
/// differentiated in reverse.
///
/// `@unchecked Sendable`: a tape is used by the thread that took it out of the pool.
final class CellTape: @unchecked Sendable {
  private enum Operation {
    case leaf, constant, add, subtract, multiply, divide, affine, exp, log, tanh, sigmoid, relu
  }

  private struct Node {
    var operation: Operation
    var a: Int32
    var b: Int32
    /// Of an affine operation.
    var factor: Float
    var value: UnsafeMutablePointer<Float>
    var gradient: UnsafeMutablePointer<Float>?
  }

  /// Units of a part: few enough that all values stay in the first-level cache.
  private static let mostUnits = 256
  private static let blockRows = 64
  private static let pool = Mutex<[CellTape]>([])

  private var nodes: [Node] = []
  private var leaves: [RowValue] = []
  /// Memory for values and gradients, `blockRows` vectors of `mostUnits` in each block.
  private var blocks: [Buffer] = []
  private var rowsTaken = 0
  private var units = 0

  private init() {
    nodes.reserveCapacity(64)
    leaves.reserveCapacity(16)
  }

  /// Calls `body` with a tape for each part of a row.
  static func forEachPart(of row: CellRow, _ body: (CellTape, CellRow) -> Void) {
    let tape = pool.withLock { $0.popLast() } ?? CellTape()
    for first in stride(from: 0, to: row.units, by: mostUnits) {
      body(tape, row.part(first, min(mostUnits, row.units - first)))
    }
    pool.withLock { $0.append(tape) }
  }

  /// Computes the equations of a cell.
  func record<C: ElementwiseCell>(_ cell: C, _ row: CellRow) -> CellStates<RowValue> {
    nodes.removeAll(keepingCapacity: true)
    leaves.removeAll(keepingCapacity: true)
    rowsTaken = 0
    units = row.units
    for gate in 0..<cell.gates { read(row.gate(gate)) }
    for gate in 0..<cell.apartGates { read(row.apart(gate)) }
    for state in 0..<cell.states { read(row.previous[state]) }
    for vector in 0..<cell.vectors.count { read(UnsafeMutablePointer(mutating: row.vector(vector))) }
    return leaves.withUnsafeBufferPointer { leaves in
      leaves.baseAddress.map { cell.next(CellUnit($0, of: cell)) } ?? CellStates(RowValue(0))
    }
  }

  private func read(_ values: UnsafeMutablePointer<Float>) {
    leaves.append(append(.leaf, values))
  }

  private func append(
    _ operation: Operation, _ value: UnsafeMutablePointer<Float>, _ a: Int32 = -1, _ b: Int32 = -1, factor: Float = 1
  ) -> RowValue {
    nodes.append(Node(operation: operation, a: a, b: b, factor: factor, value: value, gradient: nil))
    return RowValue(tape: Unmanaged.passUnretained(self), node: Int32(nodes.count - 1))
  }

  private func room() -> UnsafeMutablePointer<Float> {
    let (block, row) = (rowsTaken / Self.blockRows, rowsTaken % Self.blockRows)
    if block == blocks.count { blocks.append(Buffer(count: Self.blockRows * Self.mostUnits)) }
    rowsTaken += 1
    return blocks[block].pointer + row * Self.mostUnits
  }

  // MARK: Values

  typealias Binary = (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  typealias Unary = (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void

  /// factor x + shift
  func affine(_ x: RowValue, _ factor: Float, _ shift: Float) -> RowValue {
    let y = room()
    rn_affine(nodes[Int(x.node)].value, factor, shift, y, units)
    return append(.affine, y, x.node, factor: factor)
  }

  func add(_ a: RowValue, _ b: RowValue) -> RowValue { binary(.add, a, b, rn_add) }
  func subtract(_ a: RowValue, _ b: RowValue) -> RowValue { binary(.subtract, a, b, rn_subtract) }
  func multiply(_ a: RowValue, _ b: RowValue) -> RowValue { binary(.multiply, a, b, rn_multiply) }
  func divide(_ a: RowValue, _ b: RowValue) -> RowValue { binary(.divide, a, b, rn_divide) }
  func exp(_ x: RowValue) -> RowValue { unary(.exp, x, rn_exp) }
  func log(_ x: RowValue) -> RowValue { unary(.log, x, rn_log) }
  func tanh(_ x: RowValue) -> RowValue { unary(.tanh, x, rn_tanh) }
  func sigmoid(_ x: RowValue) -> RowValue { unary(.sigmoid, x, rn_sigmoid) }
  func relu(_ x: RowValue) -> RowValue { unary(.relu, x, rn_relu) }

  private func binary(_ operation: Operation, _ a: RowValue, _ b: RowValue, _ kernel: Binary) -> RowValue {
    let y = room()
    kernel(nodes[Int(a.node)].value, nodes[Int(b.node)].value, y, units)
    return append(operation, y, a.node, b.node)
  }

  private func unary(_ operation: Operation, _ x: RowValue, _ kernel: Unary) -> RowValue {
    let y = room()
    kernel(nodes[Int(x.node)].value, y, units)
    return append(operation, y, x.node)
  }

  /// A constant as a vector.
  func constant(_ value: Float) -> RowValue {
    let y = room()
    rn_fill(y, value, units)
    return append(.constant, y)
  }

  func copy(_ value: RowValue, to: UnsafeMutablePointer<Float>) {
    if value.tape == nil {
      rn_fill(to, value.constant, units)
    } else {
      to.update(from: nodes[Int(value.node)].value, count: units)
    }
  }

  // MARK: Gradients

  /// Adds to d loss / d value.
  func seed(_ value: RowValue, _ gradient: UnsafePointer<Float>) {
    if value.tape != nil { add(gradient, to: value.node) }
  }

  /// The gradients of all nodes from those that are seeded.
  func sweep() {
    for index in nodes.indices.reversed() {
      let node = nodes[index]
      guard let dy = node.gradient else { continue }
      switch node.operation {
      case .leaf, .constant: break
      case .add:
        add(dy, to: node.a)
        add(dy, to: node.b)
      case .subtract:
        add(dy, to: node.a)
        add(dy, times: -1, to: node.b)
      case .multiply:
        add(dy, times: nodes[Int(node.b)].value, to: node.a)
        add(dy, times: nodes[Int(node.a)].value, to: node.b)
      case .divide:
        // y = a / b: da = dy / b, db = -da y
        let da = room()
        rn_divide(dy, nodes[Int(node.b)].value, da, units)
        add(da, to: node.a)
        rn_multiply(da, node.value, da, units)
        add(da, times: -1, to: node.b)
      case .affine: add(dy, times: node.factor, to: node.a)
      case .exp: add(dy, times: node.value, to: node.a)
      case .log: add(dy, to: node.a, slope: nodes[Int(node.a)].value) { rn_divide($1, $0, $2, $3) }
      case .tanh: add(dy, to: node.a, slope: node.value, rn_tanh_backward)
      case .sigmoid: add(dy, to: node.a, slope: node.value, rn_sigmoid_backward)
      case .relu: add(dy, to: node.a, slope: node.value, rn_relu_backward)
      }
    }
  }

  /// d loss / d leaf
  func copyGradient(_ leaf: Int, to: UnsafeMutablePointer<Float>) {
    if let gradient = nodes[leaf].gradient { to.update(from: gradient, count: units) } else { rn_fill(to, 0, units) }
  }

  private func add(_ dy: UnsafePointer<Float>, to index: Int32) {
    if let gradient = nodes[Int(index)].gradient { return rn_add(gradient, dy, gradient, units) }
    let gradient = room()
    gradient.update(from: dy, count: units)
    nodes[Int(index)].gradient = gradient
  }

  private func add(_ dy: UnsafePointer<Float>, times factor: Float, to index: Int32) {
    if let gradient = nodes[Int(index)].gradient { return rn_add_scaled(dy, factor, gradient, units) }
    let gradient = room()
    rn_scale(dy, factor, gradient, units)
    nodes[Int(index)].gradient = gradient
  }

  private func add(_ dy: UnsafePointer<Float>, times slope: UnsafePointer<Float>, to index: Int32) {
    if let gradient = nodes[Int(index)].gradient { return rn_add_product(dy, slope, gradient, units) }
    let gradient = room()
    rn_multiply(dy, slope, gradient, units)
    nodes[Int(index)].gradient = gradient
  }

  private func add(
    _ dy: UnsafePointer<Float>, to index: Int32, slope: UnsafePointer<Float>, _ kernel: Binary
  ) {
    let dx = room()
    kernel(slope, dy, dx, units)
    if let gradient = nodes[Int(index)].gradient { return rn_add(gradient, dx, gradient, units) }
    nodes[Int(index)].gradient = dx
  }
}

/// The values of a number in a cell's equations for all units of a part: a node of a tape, or a constant.
struct RowValue: CellScalar {
  let tape: Unmanaged<CellTape>?
  let node: Int32
  let constant: Float

  init(tape: Unmanaged<CellTape>, node: Int32) { (self.tape, self.node, constant) = (tape, node, 0) }

  init(_ constant: Float) { (tape, node, self.constant) = (nil, -1, constant) }
  init(floatLiteral value: Float) { self.init(value) }
  init(integerLiteral value: Float) { self.init(value) }

  static func + (a: RowValue, b: RowValue) -> RowValue {
    switch (a.tape, b.tape) {
    case (let tape?, .some): tape._withUnsafeGuaranteedRef { $0.add(a, b) }
    case (let tape?, nil): tape._withUnsafeGuaranteedRef { $0.affine(a, 1, b.constant) }
    case (nil, let tape?): tape._withUnsafeGuaranteedRef { $0.affine(b, 1, a.constant) }
    case (nil, nil): RowValue(a.constant + b.constant)
    }
  }

  static func - (a: RowValue, b: RowValue) -> RowValue {
    switch (a.tape, b.tape) {
    case (let tape?, .some): tape._withUnsafeGuaranteedRef { $0.subtract(a, b) }
    case (let tape?, nil): tape._withUnsafeGuaranteedRef { $0.affine(a, 1, -b.constant) }
    case (nil, let tape?): tape._withUnsafeGuaranteedRef { $0.affine(b, -1, a.constant) }
    case (nil, nil): RowValue(a.constant - b.constant)
    }
  }

  static func * (a: RowValue, b: RowValue) -> RowValue {
    switch (a.tape, b.tape) {
    case (let tape?, .some): tape._withUnsafeGuaranteedRef { $0.multiply(a, b) }
    case (let tape?, nil): tape._withUnsafeGuaranteedRef { $0.affine(a, b.constant, 0) }
    case (nil, let tape?): tape._withUnsafeGuaranteedRef { $0.affine(b, a.constant, 0) }
    case (nil, nil): RowValue(a.constant * b.constant)
    }
  }

  static func / (a: RowValue, b: RowValue) -> RowValue {
    switch (a.tape, b.tape) {
    case (let tape?, .some): tape._withUnsafeGuaranteedRef { $0.divide(a, b) }
    case (let tape?, nil): tape._withUnsafeGuaranteedRef { $0.affine(a, 1 / b.constant, 0) }
    case (nil, let tape?): tape._withUnsafeGuaranteedRef { $0.divide($0.constant(a.constant), b) }
    case (nil, nil): RowValue(a.constant / b.constant)
    }
  }

  func exp() -> RowValue { map({ $0.exp($1) }, Double.exp) }
  func log() -> RowValue { map({ $0.log($1) }, Double.log) }
  func tanh() -> RowValue { map({ $0.tanh($1) }) { 1 - 2 / (Double.exp(2 * $0) + 1) } }
  func sigmoid() -> RowValue { map({ $0.sigmoid($1) }) { 1 / (1 + Double.exp(-$0)) } }
  func relu() -> RowValue { map({ $0.relu($1) }) { max($0, 0) } }

  private func map(_ record: (CellTape, RowValue) -> RowValue, _ plain: (Double) -> Double) -> RowValue {
    tape.map { $0._withUnsafeGuaranteedRef { record($0, self) } } ?? RowValue(Float(plain(Double(constant))))
  }
}
