import CKernels

/// A right operand B `[k, n]`, laid out as the micro-kernel reads it.
package struct PackedMatrix: Sendable {
  package let k: Int
  package let n: Int
  package let buffer: Buffer

  private init(k: Int, n: Int) {
    self.k = k
    self.n = n
    buffer = Buffer(count: k * Matmul.padded(n))
  }

  /// B = the transpose of `w` `[n, k]`, whose rows are `stride` floats apart.
  package init(transposing w: UnsafePointer<Float>, n: Int, k: Int, stride: Int) {
    self.init(k: k, n: n)
    let packed = buffer.pointer
    Matmul.forEachPanelGroup(n: n, work: k * n * 8) { j, width in
      rn_pack_transposed(w + j * stride, stride, k, width, packed + j * k)
    }
  }

  /// B = the rows given, each of `n` floats.
  package init(_ rows: RowPointers, n: Int) {
    self.init(k: rows.count, n: n)
    let k = rows.count
    let parts = k * n < 1 << 14 ? 1 : min(16, (k + 63) / 64)
    ThreadPool.shared.forEach(parts) { part in
      let first = k * part / parts
      rn_pack(rows.pointers, first, k * (part + 1) / parts - first, k, n, buffer.pointer)
    }
    withExtendedLifetime(rows) {}
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
      rn_matmul(
        a.pointers + first, last - first, k, b.buffer.pointer + j * k, end - j, c.mutablePointers + first, j,
        bias.map { $0 + j }, accumulate)
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
  package static func multiplyTransposed(_ d: RowPointers, columns: Range<Int>, _ products: [Transposed]) {
    defer { withExtendedLifetime((d, products)) {} }
    guard !products.isEmpty else { return }
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
      rn_matmul_transposed(d.pointers, columns.lowerBound + first, last - first, k, parts, parts.count)
      withExtendedLifetime(rows) {}
    }
  }

  /// c `[m, n]` = the sum over k of the outer products of row k of `d` (m floats) and row k of `x` (n floats).
  package static func multiplyTransposed(
    _ d: RowPointers, m: Int, _ x: RowPointers, n: Int, into c: UnsafeMutablePointer<Float>
  ) {
    multiplyTransposed(d, columns: 0..<m, [Transposed(PackedMatrix(x, n: n), into: c)])
    withExtendedLifetime(x) {}
  }
}
