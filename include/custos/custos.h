// The whole public interface of Custos.
#pragma once

#include "custos/administration.h"
#include "custos/backup.h"
#include "custos/custodian.h"
#include "custos/escaped.h"
#include "custos/home.h"
#include "custos/idle_strategy.h"
#include "custos/log.h"
#include "custos/rearmer.h"
#include "custos/request.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "custos/secret_source.h"
#include "custos/signing_queue.h"
#include "custos/transaction.h"
#include "custos/venue.h"
#include "custos/version.h"
