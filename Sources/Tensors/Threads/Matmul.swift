import CKernels

/// A right operand B `[k, n]`, laid out as the micro-kernel reads it, in the precision of all its products.
package struct PackedMatrix: Sendable {
  package let k: Int
  package let n: Int
  package let precision: Precision
  package let buffer: Buffer
  /// Words of one column.
  private let words: Int

  private init(k: Int, n: Int, _ precision: Precision) {
    self.k = k
    self.n = n
    self.precision = precision
    words = precision.words(k)
    buffer = Buffer(count: words * Matmul.padded(n))
  }

  /// B = the transpose of `w` `[n, k]`, whose rows are `stride` floats apart.
  package init(transposing w: UnsafePointer<Float>, n: Int, k: Int, stride: Int, _ precision: Precision = .float32) {
    self.init(k: k, n: n, precision)
    let (packed, words) = (buffer.pointer, words)
    Matmul.forEachPanelGroup(n: n, work: k * n * 8) { j, width in
      switch precision {
      case .float32: rn_pack_transposed(w + j * stride, stride, k, width, packed + j * words)
      case .bfloat16: rn_pack_transposed_rounded(w + j * stride, stride, k, width, packed + j * words)
      }
    }
  }

  /// B = the rows given, each of `n` floats.
  package init(_ rows: RowPointers, n: Int, _ precision: Precision = .float32) {
    self.init(k: rows.count, n: n, precision)
    let (k, packed) = (rows.count, buffer.pointer)
    let parts = k * n < 1 << 14 ? 1 : min(16, (k + 63) / 64)
    ThreadPool.shared.forEach(parts) { part in
      // Pairs of rows stay together.
      let first = k / 2 * part / parts * 2
      let count = (part + 1 == parts ? k : k / 2 * (part + 1) / parts * 2) - first
      switch precision {
      case .float32: rn_pack(rows.pointers, first, count, k, n, packed)
      case .bfloat16: rn_pack_rounded(rows.pointers, first, count, k, n, packed)
      }
    }
    withExtendedLifetime(rows) {}
  }

  /// c[i][column + j] = (accumulate ? c[i][column + j] : bias ? bias[j] : 0) + sum over k of a[i][k] B[k][columns[j]], for
  /// the first `count` rows, on the calling thread.
  ///
  /// - Parameters:
  ///   - columns: of B; they begin with a panel.
  ///   - column: where they go in c.
  ///   - bias: one float for each of the columns, or nil; unused where `accumulate`.
  package func multiply(
    _ a: UnsafePointer<UnsafePointer<Float>?>, count: Int, columns: Range<Int>,
    into c: UnsafePointer<UnsafeMutablePointer<Float>?>, at column: Int, bias: UnsafePointer<Float>? = nil,
    accumulate: Bool
  ) {
    let packed = buffer.pointer + columns.lowerBound * words
    switch precision {
    case .float32: rn_matmul(a, count, k, packed, columns.count, c, column, bias, accumulate)
    case .bfloat16: rn_matmul_rounded(a, count, k, packed, columns.count, c, column, bias, accumulate)
    }
    withExtendedLifetime(buffer) {}
  }
}

/// Matrix products on all threads, from rows given by pointers. Any cut of the work gives the same bits.
package enum Matmul {
  /// Columns of one panel of a packed matrix: units are shared among threads in multiples of it.
  package static var panelWidth: Int { panel }
  static let panel = Int(rn_current().pointee.panel)
  static let lanes = Int(rn_current().pointee.lanes)
  static let microRows = Int(rn_current().pointee.rows)

  /// Floats in one row of a packed matrix of `n` columns.
  package static func padded(_ n: Int) -> Int { (n + lanes - 1) / lanes * lanes }

  /// Multiply-adds below which threads cost more than they save.
  private static let worthThreads = 1 << 17

  static func forEachPanelGroup(n: Int, work: Int, _ body: (_ first: Int, _ width: Int) -> Void) {
    let panels = (n + panel - 1) / panel
    let groups = work < worthThreads ? 1 : min(panels, 16)
    ThreadPool.shared.forEach(groups) { group in
      let first = panels * group / groups * panel
      let end = min(n, panels * (group + 1) / groups * panel)
      if first < end { body(first, end - first) }
    }
  }

  /// c = a B (+ bias), or c += a B. `a` and `c` are rows of `b.k` and `b.n` floats.
  package static func multiply(
    _ a: RowPointers, _ b: PackedMatrix, into c: RowPointers, bias: UnsafePointer<Float>? = nil,
    accumulate: Bool = false
  ) {
    defer { withExtendedLifetime((a, b, c)) {} }
    let m = a.count
    let (k, n) = (b.k, b.n)
    let panels = (n + panel - 1) / panel
    var rowGroups = 1
    var panelGroups = 1
    if m * k * n >= worthThreads {
      // Rows of one group stay in the second-level cache while all panels pass.
      let rows = max(microRows * 4, min(256, (1 << 16) / max(k, 1) / microRows * microRows))
      rowGroups = (m + rows - 1) / rows
      panelGroups = min(panels, (15 + rowGroups) / rowGroups)
    }
    ThreadPool.shared.forEach(rowGroups * panelGroups) { task in
      let (rowGroup, panelGroup) = (task / panelGroups, task % panelGroups)
      let first = microRows * ((m + microRows - 1) / microRows * rowGroup / rowGroups)
      let last = min(m, microRows * ((m + microRows - 1) / microRows * (rowGroup + 1) / rowGroups))
      let j = panels * panelGroup / panelGroups * panel
      let end = min(n, panels * (panelGroup + 1) / panelGroups * panel)
      guard first < last, j < end else { return }
      b.multiply(
        a.pointers + first, count: last - first, columns: j..<end, into: c.mutablePointers + first, at: j,
        bias: bias.map { $0 + j }, accumulate: accumulate)
    }
  }

  /// A right operand of `multiplyTransposed`, and where its product goes: `[columns, right.n]`, contiguous.
  package struct Transposed {
    let right: PackedMatrix
    let result: UnsafeMutablePointer<Float>

    package init(_ right: PackedMatrix, into result: UnsafeMutablePointer<Float>) {
      self.right = right
      self.result = result
    }
  }

  /// The sums over k of the outer products of row k of `d`, restricted to some columns, and row k of each right operand:
  /// the gradients of weight matrices.
  /// - Precondition: the right operands have one precision.
  package static func multiplyTransposed(_ d: RowPointers, columns: Range<Int>, _ products: [Transposed]) {
    defer { withExtendedLifetime((d, products)) {} }
    guard let precision = products.first?.right.precision else { return }
    precondition(products.allSatisfy { $0.right.precision == precision }, "products of two precisions")
    let (m, k) = (columns.count, d.count)
    let work = products.reduce(0) { $0 + m * k * $1.right.n }
    // Enough columns at a time for each block of a right operand to be worth bringing in.
    let microBlocks = (m + microRows - 1) / microRows
    let groups = work < worthThreads ? 1 : max(1, min(microBlocks, max((m + 255) / 256, 8)))
    ThreadPool.shared.forEach(groups) { group in
      let first = microRows * (microBlocks * group / groups)
      let last = min(m, microRows * (microBlocks * (group + 1) / groups))
      guard first < last else { return }
      let rows = products.map {
        RowPointers($0.result + first * $0.right.n, count: last - first, stride: $0.right.n)
      }
      let parts = zip(products, rows).map {
        rn_product(packed: $0.right.buffer.pointer, n: $0.right.n, c: $1.mutablePointers)
      }
      switch precision {
      case .float32:
        rn_matmul_transposed(d.pointers, columns.lowerBound + first, last - first, k, parts, parts.count)
      case .bfloat16:
        rn_matmul_transposed_rounded(d.pointers, columns.lowerBound + first, last - first, k, parts, parts.count)
      }
      withExtendedLifetime(rows) {}
    }
  }

  /// c `[m, n]` = the sum over k of the outer products of row k of `d` (m floats) and row k of `x` (n floats).
  package static func multiplyTransposed(
    _ d: RowPointers, m: Int, _ x: RowPointers, n: Int, into c: UnsafeMutablePointer<Float>,
    _ precision: Precision = .float32
  ) {
    multiplyTransposed(d, columns: 0..<m, [Transposed(PackedMatrix(x, n: n, precision), into: c)])
    withExtendedLifetime(x) {}
  }
}
