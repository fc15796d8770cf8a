import Tensors

/// What a recurrent layer does beside its cell, in the same sequence of kernels.
public struct LayerOptions: Sendable, Hashable, Codable {
  /// The probability with which a unit keeps its former output h at a step, in training; at other times, the old and the new
  /// are mixed in these parts (Krueger et al. 2016).
  public var zoneout: Float
  /// The same of the other states, such as an LSTM's c.
  public var cellZoneout: Float
  /// The probability with which a recurrent weight counts as zero for a whole sequence, in training (DropConnect, Wan et al.
  /// 2013; AWD-LSTM, Merity, Keskar and Socher 2017).
  public var weightDrop: Float
  /// Features that an LSTM's output is projected to before it goes on and back (Sak, Senior and Beaufays 2014); nil for none.
  public var projection: Int?
  /// Normalises x W_ih and h W_hh, each over all gates, before they are added (Ba, Kiros and Hinton 2016, equation 20 and
  /// supplement). The LSTM's c is not normalised.
  public var layerNorm: Bool

  public init(
    zoneout: Float = 0, cellZoneout: Float = 0, weightDrop: Float = 0, projection: Int? = nil, layerNorm: Bool = false
  ) {
    self.zoneout = zoneout
    self.cellZoneout = cellZoneout
    self.weightDrop = weightDrop
    self.projection = projection
    self.layerNorm = layerNorm
  }

  /// What is wrong with it for a cell; nil if nothing is.
  public func flaw(_ cell: some Cell, hidden: Int) -> String? {
    for (name, rate) in [("zoneout", zoneout), ("zoneout of the cell", cellZoneout), ("weight drop", weightDrop)]
    where !(rate >= 0 && rate < 1) {
      return "\(name) \(rate), which is not from 0 to below 1"
    }
    if !cell.readsOutput, weightDrop > 0 || layerNorm {
      return "dropped or normalised recurrent weights of a cell that has none"
    }
    guard let projection else { return nil }
    if !(cell is LSTM) { return "a projection of a cell that is no LSTM" }
    if projection < 1 || projection >= hidden { return "a projection from \(hidden) units to \(projection)" }
    if zones { return "a projection with zoneout, which mixes what is projected" }
    return nil
  }

  /// True if a trained layer is used as its cell alone would be.
  var isPlainInUse: Bool { !zones && projection == nil && !layerNorm }

  /// True if states are mixed with those before.
  var zones: Bool { zoneout > 0 || cellZoneout > 0 }

  /// The part of the state before that stays, of h and of the other states.
  func zoneout(state: Int) -> Float { state == 0 ? zoneout : cellZoneout }

  /// True if a row's units have to be computed by one thread.
  var needsWholeRows: Bool { layerNorm || projection != nil }
}

/// Which units of which steps keep their former state, in training: `[batch, time, hidden]` for each state vector, zero where it
/// stays.
struct ZoneoutMasks: Sendable {
  let masks: [Tensor]

  init(_ options: LayerOptions, states: Int, batch: Int, time: Int, hidden: Int, key: RandomKey) {
    masks = (0..<states).map {
      key.stream(key.stream + UInt32($0)).mask([batch, time, hidden], keep: 1 - options.zoneout(state: $0))
    }
  }

  func row(_ state: Int, _ position: Int, hidden: Int) -> UnsafePointer<Float> {
    UnsafePointer(masks[state].pointer + position * hidden)
  }
}
